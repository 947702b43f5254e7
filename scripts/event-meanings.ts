/** What each event type means to a reader of the log, in a sentence; docs/events.md shows them. */
export const eventMeanings: Readonly<Record<string, string>> = {
  'server.healthy':
    'Queries are answered; the fail count is 0. After a failover: the server is back, smart scan returns.',
  'server.failing':
    'A query or a version check failed; the count rose, or the 300 s of an invalid server are over (D12).',
  'server.cached-invalid':
    'The fail count exceeded the threshold: the server is not asked for `cacheSeconds`. System event of smart-scan section 4.',
  'server.cached-invalid-connecting':
    'A message came in while the server is invalid: the gateway tries to connect (D14).',
  'server.cached-invalid-reachable': 'It could connect, so nothing switches; queries fail until the time is over.',
  'server.query-answered':
    'A query that was put before the trip was answered after it: used, but the time goes on (D12).',
  'server.credentials-refused': 'The server answered 401 or 403: the failure counts, and somebody must look (D5).',
  'server.throttled':
    'The server asked to be left alone (429), or no request is left of the quota of a service; it is skipped, the fail count does not move (D6).',
  'server.throttled-connecting': 'A message came in while the server is skipped: the gateway tries to connect.',
  'server.throttled-reachable': 'It could connect, so nothing switches.',
  'server.failed-over':
    'The server cannot be reached and is not asked any more: once all are failed over, or a required service is, scans are conventional (`method.conventional`).',
  'server.failed-over-probing':
    'Probe of a failed-over server: a version check and a canary query (D16); of a service, a record that it is known to have.',
  'server.failed-over-unrecovered': 'The probe failed; the next comes after `cacheSeconds`.',
  'server.left-out':
    'The server serves another pattern than the rest of the list; not asked until the next restart (D11).',
  'engine.healthy': 'clamd answers. After another state: again.',
  'engine.failing':
    'clamd did not answer for a message, or with an error: `failure` says how. It is asked again for the next.',
  'engine.cached-invalid':
    'clamd failed more than `threshold` times in a row, or did not answer a PING: it is left alone for `cacheSeconds`.',
  'engine.probing': 'The time is over: a PING decides whether messages are given to it again.',
  'method.smart': 'Servers are asked. After a failover: smart scan returns, as everybody who is needed has recovered.',
  'method.conventional':
    'Every server of the list is failed over, or a required service is: scans are conventional. System event of smart-scan section 5. INFO when a restart finds it so already (D10).',
  'method.conventional-by-setting': '`[smart_scan] method` is conventional: nobody is asked.',
  'method.server-failed-over':
    'A server is failed over; another one of the list is still asked, or scans are conventional already.',
  'method.server-recovered':
    'A server is asked again; another one was asked all the time, or another service is still failed over.',
  'method.server-left-out': 'A server has no say in the method, as it serves another pattern (D11).',
  'scan.agent-pattern':
    'The message is unpacked and its files are hashed; they have been looked up in the agent pattern.',
  'scan.query-filter':
    'Not in the agent pattern: the query filter decides whether a server must be asked; services have none.',
  'scan.querying': 'At least one hash is in the query filter, or services are to be asked: so they are.',
  'scan.connecting':
    'The query could not be put, as no server may be asked now: what the connect attempt finds decides.',
  'scan.conventional': 'The files are matched against the conventional pattern.',
  'scan.verdict':
    'What was found, what it rests on, and what the virus rule makes of it. On disk before anything is done.',
  'scan.acting': 'The verdict is on disk; its action is being carried out.',
  'scan.answered': 'The client has its reply: that of the next hop, or of an action.',
  'scan.deferred': 'The client has got 4xx and keeps the message: `data.reply` and the trigger say why.',
  'session.scanning': 'A whole message has arrived on this connection.',
  'session.idle': 'The reply is decided; the connection is free for the next message.',
  'session.closed': 'The connection is over.',
  'service.starting':
    'The scan service starts, with a new epoch: counts, entries and failovers of the old one are gone (D10).',
  'service.running': 'Messages are scanned under this epoch.',
  'service.restarting': 'A new epoch starts beside the old one: settings, a new pattern, or SIGHUP.',
  'service.draining': 'The new epoch takes the messages; scans of the old one finish.',
  'service.stopping': 'The program ends; scans in progress finish.',
  'service.broken': 'The service could not start.',
  'service.ended': 'All scans have finished.',
  'updater.current': 'The component in use is the newest.',
  'updater.updated': 'A newer one was verified and is in use.',
  'updater.checking': 'Is there a newer one?',
  'updater.waiting':
    'The one that was loaded is in use, or somebody has set the clock; the next check comes by the schedule.',
  'updater.rolling-back': 'Somebody has ordered that the version before is taken into use.',
  'updater.rolled-back':
    'An older version is in use by order; `heldBack` is refused until there is a newer one. From Checking: there is none yet.',
  'updater.not-rolled-back':
    'It could not be rolled back: there is no version before, or it cannot be used. The one in use stays.',
  'updater.failed': 'The check failed; the one in use stays.',
  'updater.stale': 'The check failed and the one in use is too old, or there is none: an alert.',
  'quarantine.open':
    'There is room in the quarantine, or in the archive that `archive` names. After `quarantine.full`: again.',
  'quarantine.full':
    'The quarantine or archive is full: a message that the rule would put there is answered 452, and stays with its sender.',
  'quarantine.failing':
    'Nobody can look after the quarantine or archive: nothing expires, and its size is not known. `reason` says why.',
  'quarantine.expired':
    'Messages have gone from the quarantine or archive, as too old or to make room: `trigger.ids`, at most 100, and `trigger.why`.',
  'journal.roomy': 'There is room. After `journal.nearly-full`: again.',
  'journal.nearly-full':
    'Readers hold so much of the journal that it will soon be full, or its disk has little room: then mail is answered 452.',
  'certificate.good': 'Its end is far. After another state: there is a new one.',
  'certificate.near-its-end': 'No more than `[watch] certificate_days_min` days are left.',
  'certificate.over': 'Its end has passed.',
  'relay.relaying':
    'The receiver takes events: it has everything up to `position`, and gets what comes. `input.crash`: why the relay before this one broke down.',
  'relay.away':
    'The receiver is not there, hangs or has trouble of its own; it is tried again for ever, and mail flows on.',
  'relay.refused': 'The receiver refuses the user, the certificate or the rights of the gateway: somebody must look.',
  'relay.stuck':
    'The receiver cannot take events until somebody acts: `failure.remedy` says how. A topic is missing, or the clocks differ.',
  'relay.gap':
    'Events from `expected` to before `found` were gone before they could be sent: the receiver does not get them.',
  'relay.put-aside': 'An event that its topic does not take stands in the dead letters instead, with the reason.',
  'relay.stopped': 'The program ends; the rest is sent after the next start.',
  'projection.live': 'The view has caught up: what is logged is in it a moment later.',
  'projection.catching-up': 'After trouble, the log is read again from where the view ends.',
  'projection.failing':
    'The view or the log cannot be used, for the reason in the trigger; tried again by and by. Queries are answered from the view as it is.',
  'projection.parked':
    'Events could not be folded and were put aside: the first of them and how many. The rest goes on; `sekisho projections parked` shows them.',
  'projection.lost': 'Events were gone before they were read, as retention had passed them: the view lacks them.',
  'projection.stopped': 'The program ends.',
  'command.running': 'The gateway has begun to carry the command out; it does so once for an id, whatever happens.',
  'command.done': 'It is done: `result` has the epoch that takes the messages, and the version of the component.',
  'command.refused': 'Nothing was done, for the `reason`: not understood, expired, or too many are waiting.',
  'command.failed': 'It was begun and could not be done, for the `reason`, or the gateway ended in the middle of it.',
  'supervisor.start-child': 'A long-lived actor is started.',
  'supervisor.stop-child': 'A long-lived actor is stopped, because its epoch is over.',
  'supervisor.child-restarted': 'A long-lived actor failed and is started anew.',
  'supervisor.given-up':
    'An actor failed again and again: the program ends, so that whoever supervises it starts it anew.',
  'notification.sending': 'It is given to the mail relay or the receiver; `attempts` counts this one, too.',
  'notification.sent': 'It was taken, or has left where nobody confirms: `outcome` is what the other side said.',
  'notification.waiting': 'The attempt failed for the `reason`; the next one comes after a wait that grows.',
  'notification.given-up':
    'It will not be sent: it was refused for good, had waited for `[notify] give_up_hours`, or was never tried (`reason`).',
  'notification.kept': 'The program ends before it was sent; the next one sends it.',
};
