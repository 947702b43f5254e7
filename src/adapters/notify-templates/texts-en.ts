import type { NotificationKind } from '../../events/notification.ts';

const message = `Messages: {count} (from {since} to {time})
The last of them:
  from: {from}
  to: {to}
  subject: {subject}
  file: {file}`;

/** Texts in English. First line: subject. */
export const english: Readonly<Record<NotificationKind, string>> = {
  'server-unavailable': `[Sekisho] Smart Protection service is not available ({host})

The file reputation service of Smart Protection Server ({host}) is not available for {seconds} seconds.

Gateway: {gateway}
Server: {server}
Time: {time}
`,
  failover: `[Sekisho] Failover to conventional scan ({gateway})

No Smart Protection Server can be reached, or not a required reputation service, so scans have switched from smart to conventional.
Smart scan returns by itself when a server has recovered.

Gateway: {gateway}
Time: {time}
`,
  'server-recovered': `[Sekisho] Smart Protection service has recovered ({host})

The file reputation service of Smart Protection Server ({host}) has recovered.

Gateway: {gateway}
Server: {server}
Time: {time}
`,
  'service-unavailable': `[Sekisho] A reputation service is not available ({server})

The reputation service {server} is not available for {seconds} seconds ({reason}).
While a required service cannot be reached, scans are conventional, or mail is deferred. Without an advisory one mail is scanned by the others.

Gateway: {gateway}
Time: {time}
`,
  'service-recovered': `[Sekisho] A reputation service has recovered ({server})

The reputation service {server} has recovered.

Gateway: {gateway}
Time: {time}
`,
  'engine-unavailable': `[Sekisho] clamd does not answer ({server})

clamd ({server}) does not answer, and is tried again every {seconds} seconds.
While no clamd answers, mail is deferred, or scanned without it: see [clamd] required.

Gateway: {gateway}
Time: {time}
`,
  'engine-recovered': `[Sekisho] clamd has recovered ({server})

clamd ({server}) answers again.

Gateway: {gateway}
Time: {time}
`,
  malware: `[Sekisho] Malware was found ({count})

Malware was found: {malware}

Gateway: {gateway}
${message}
  action: {action}
  scan id: {scan}
`,
  unscannable: `[Sekisho] Messages could not be scanned ({count})

A message could not be scanned: {reason}

Gateway: {gateway}
${message}
  action: {action}
  scan id: {scan}
`,
  'update-succeeded': `[Sekisho] Component {component} was updated ({gateway})

Component {component} was updated to version {version}.

Gateway: {gateway}
Time: {time}
`,
  'update-failed': `[Sekisho] Component {component} could not be updated ({gateway})

Component {component} could not be updated; version {version} stays in use.
You will not be told again until it has succeeded.

Reason: {reason}
Gateway: {gateway}
Time: {time}
`,
  'pattern-too-old': `[Sekisho] Component {component} is too old or missing ({gateway})

Component {component} is too old or missing, and its updates go on failing.

Version in use: {version}
Reason: {reason}
Gateway: {gateway}
Time: {time}
`,
  'journal-nearly-full': `[Sekisho] The journal is nearly full ({gateway})

When it is full, mail gets 452.

In use: {percent}% ({bytes} of {bytes_max} bytes)
Reason: {reason}
Gateway: {gateway}
Time: {time}
`,
  'mail-deferred': `[Sekisho] Mail has been deferred for {hours} hours or more ({count})

Messages got 451 again and again, and are still with the MTA that sends them.

Gateway: {gateway}
Messages: {count}
The last of them:
  Message-ID: {message_id}
  from: {from}
  to: {to}
  subject: {subject}
  first deferred: {since}
  last deferred: {time}
  reason: {reason}
`,
  'certificate-near-its-end': `[Sekisho] A certificate ends in {days} days ({certificate})

Certificate {certificate} is valid until {end}.

Host: {host}
Gateway: {gateway}
Time: {time}
`,
  'notice-to-recipient': `A threat was found in a message to you

The mail gateway has treated a message to you from {from}.

Found: {malware} {reason}
Subject: {subject}
File: {file}
Action: {action}
Messages: {count}
Time: {time}

When you ask your administrators about it, tell them this scan id: {scan}
`,
  'notice-to-sender': `A threat was found in a message from you

The mail gateway has treated a message from you to {to}.

Found: {malware} {reason}
Subject: {subject}
File: {file}
Action: {action}
Messages: {count}
Time: {time}

When you ask your administrators about it, tell them this scan id: {scan}
`,
  policy: `[Sekisho] A rule of the policy matched messages ({count})

The policy has treated a message: {reason}

Gateway: {gateway}
${message}
  action: {action}
  scan id: {scan}
`,
  'policy-to-recipient': `A message to you was treated by the rules for mail

The mail gateway has treated a message to you from {from}, as the rules of your organisation say.

Subject: {subject}
File: {file}
Action: {action}
Messages: {count}
Time: {time}

When you ask your administrators about it, tell them this scan id: {scan}
`,
  'policy-to-sender': `A message from you was treated by the rules for mail

The mail gateway has treated a message from you to {to}, as the rules of your organisation say.

Subject: {subject}
File: {file}
Action: {action}
Messages: {count}
Time: {time}

When you ask your administrators about it, tell them this scan id: {scan}
`,
};
