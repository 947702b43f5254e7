import { header, json, problem } from '../../http/describe.ts';
import { componentsPath, Envelope, packagedComponents } from '../protocol/component-package.ts';
import { PrefixRequest, PrefixResponse } from '../protocol/prefix-query.ts';
import { Health, paths, patternIdHeader, QueryRequest, QueryResponse } from '../protocol/protocol.ts';

const version = '1.1.0';

const file = (description: string, headers?: object) => ({
  description,
  ...(headers ? { headers } : {}),
  content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
});
const etag = { ETag: header('The version, in quotes') };
const ifNoneMatch = {
  name: 'If-None-Match',
  in: 'header',
  description: 'ETag of the version that the client has',
  schema: { type: 'string' },
};
const componentName = {
  name: 'component',
  in: 'path',
  required: true,
  schema: { type: 'string', enum: packagedComponents },
};
const unchanged = { description: 'The client has the newest version' };
/** What any request may be answered. */
const anywhere = {
  401: problem('The server answers those who show a key or a certificate', {
    'WWW-Authenticate': header('How to show who one is'),
  }),
  403: problem('The certificate is not of an authority that the server trusts'),
  429: problem('More than this client is allowed', {
    'Retry-After': header('Seconds until the next request is taken'),
  }),
  '5XX': problem('The server failed'),
};

const notABody = { 413: problem('The body is too long'), 415: problem('The body is not JSON') };

/** The OpenAPI 3.1 document of the server (docs/openapi/sps.json), from the schemas that server and client use. */
export function openApiDocument(): object {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Sekisho Smart Protection Server',
      version,
      description: 'File reputation by SHA-256, the smart query filter, and pattern files. HTTPS with HTTP/1.1.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    // Which of these, if any, is the server's business.
    security: [{}, { key: [] }, { certificate: [] }],
    paths: {
      [paths.query]: { post: queryOperation() },
      [paths.prefixes]: { post: prefixOperation() },
      [paths.filter]: { get: filterOperation() },
      [paths.health]: {
        get: {
          operationId: 'health',
          summary: 'Whether the server can answer queries',
          responses: { 200: json('It can', Health), ...anywhere },
        },
      },
      [`${componentsPath}/{component}.json`]: { get: componentOperation() },
      [`${componentsPath}/{component}/files/{sha256}`]: { get: fileOperation() },
    },
    components: {
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', description: 'A key of `[sps] client_keys_file`' },
        certificate: { type: 'mutualTLS', description: 'A certificate of `[sps] client_ca_file`' },
      },
    },
  };
}

function queryOperation() {
  return {
    operationId: 'query',
    summary: 'What is known of these hashes',
    description: 'Changes nothing: may be repeated.',
    requestBody: { required: true, content: { 'application/json': { schema: QueryRequest } } },
    responses: {
      200: json('One entry for each hash', QueryResponse),
      400: problem('Malformed, a hash twice, or too many hashes'),
      ...notABody,
      ...anywhere,
    },
  };
}

function prefixOperation() {
  return {
    operationId: 'queryByPrefix',
    summary: 'What is known of hashes that begin with these four bytes',
    description:
      'The client looks for its own hashes among the candidates; those that are not there are unknown. Changes nothing: may be repeated.',
    requestBody: { required: true, content: { 'application/json': { schema: PrefixRequest } } },
    responses: {
      200: json('One entry for each prefix', PrefixResponse),
      400: problem('Malformed, a prefix twice, or too many prefixes'),
      ...notABody,
      ...anywhere,
    },
  };
}

function filterOperation() {
  return {
    operationId: 'filter',
    summary: 'The query filter: a hash that is not in it is not in the smart scan pattern',
    description: 'A Bloom filter in the file format of DCSO. The keys are SHA-256 in lower-case hexadecimal.',
    parameters: [ifNoneMatch],
    responses: {
      200: file('The filter', {
        ...etag,
        [patternIdHeader]: header('Id of the smart scan pattern that it covers'),
        'Repr-Digest': header('SHA-256 of the content (RFC 9530)'),
      }),
      304: unchanged,
      ...anywhere,
    },
  };
}

function componentOperation() {
  return {
    operationId: 'component',
    summary: 'Version and files of a component, signed',
    description:
      'A DSSE envelope with signatures by Ed25519. Its payload is a manifest: files and deltas by SHA-256, and how long to wait before asking again.',
    parameters: [componentName, ifNoneMatch],
    responses: {
      200: json('The envelope', Envelope, etag),
      304: unchanged,
      404: problem('No such component'),
      ...anywhere,
    },
  };
}

function fileOperation() {
  const digest = {
    name: 'sha256',
    in: 'path',
    required: true,
    schema: { type: 'string', pattern: '^[0-9a-f]{64}$' },
  };
  const range = {
    name: 'Range',
    in: 'header',
    description: 'One range of bytes, to go on with a download that broke off',
    schema: { type: 'string' },
  };
  return {
    operationId: 'componentFile',
    summary: 'A file of a component, or a delta',
    description: 'Never changes. Those of versions before the current one are there for some time.',
    parameters: [componentName, digest, range],
    responses: {
      200: file('The file', etag),
      206: file('The part that was asked for', { ...etag, 'Content-Range': header('Which part, of how many bytes') }),
      404: problem('No such file'),
      416: { description: 'The file is shorter' },
      ...anywhere,
    },
  };
}
