import { header, json, problem } from '../../http/describe.ts';
import { allOperations, type Operation, waitSecondsMax } from '../protocol/operations.ts';

const version = '1.0.0';

/** What any request may be answered. */
const anywhere = {
  401: problem('No token, or one that is not known or has expired', {
    'WWW-Authenticate': header('How to show who one is'),
  }),
  403: problem('The role of the token may not do this'),
  421: problem('On loopback: `Host` is not a name of this machine for itself'),
  429: problem('Too many wrong tokens of this address', {
    'Retry-After': header('Seconds until the next one is looked at'),
  }),
  '5XX': problem('The gateway failed'),
};

const prefer = {
  name: 'Prefer',
  in: 'header',
  description: `\`wait=SECONDS\` (RFC 7240): answer when the command has ended, or so many seconds have passed, ${waitSecondsMax} at most`,
  schema: { type: 'string' },
};

/** The OpenAPI 3.1 document of the admin API (docs/openapi/console.json), from the table that routes and roles are made of. */
export function openApiDocument(): object {
  const paths = Map.groupBy(allOperations, ([, { path }]) => path);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Sekisho admin API',
      version,
      description: 'State of a gateway, and orders to it. Tokens are made by `sekisho console token add`.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    security: [{ token: [] }],
    paths: Object.fromEntries(
      [...paths].map(([path, found]) => [
        path,
        Object.fromEntries(found.map(([id, operation]) => [operation.method.toLowerCase(), described(id, operation)])),
      ]),
    ),
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'A token of `[console] tokens_file`' } },
    },
  };
}

function described(operationId: string, operation: Operation) {
  const { summary, roles, body, waits } = operation;
  const parameters = [...pathParameters(operation), ...(waits ? [prefer] : [])];
  return {
    operationId,
    summary,
    description: `Roles: ${roles.join(', ')}.`,
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: false, content: { 'application/json': { schema: body } } } }),
    responses: { ...answers(operation), ...anywhere },
  };
}

function pathParameters({ params }: Operation) {
  const { properties = {} } = (params ?? {}) as { properties?: Record<string, object> };
  return Object.entries(properties).map(([name, schema]) => ({ name, in: 'path', required: true, schema }));
}

function answers({ answer, body, givesCommand, notFound }: Operation) {
  const location = { Location: header('Where what comes of it is told') };
  return {
    200: json(givesCommand ? 'The command has ended: `state` says how' : 'As asked', answer, givesCommand && location),
    ...(givesCommand && {
      202: json('The command is given, on disk, and has not ended', answer, location),
      409: problem('The id is of another command'),
    }),
    ...(body && {
      400: problem('The body is malformed'),
      413: problem('The body is too long'),
      415: problem('The body is not JSON'),
    }),
    ...(notFound && { 400: problem(body ? 'The body or the URL is malformed' : 'The URL is malformed') }),
    ...(notFound && { 404: problem(notFound) }),
  };
}
