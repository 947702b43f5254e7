import { Compile } from 'typebox/compile';

/** What a server answered. */
export interface Exchanged {
  method: string;
  /** Without a query. */
  path: string;
  status: number;
  /** Names in lower case. */
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: Buffer;
}

interface Described {
  headers?: Record<string, { schema: object }>;
  content?: Record<string, { schema: object }>;
}
interface Operation {
  operationId: string;
  responses: Record<string, Described>;
}
/** As much of an OpenAPI document as the check needs. */
export interface OpenApiDocument {
  paths: Record<string, Record<string, Operation>>;
}

/** Holds answers of a running server against a document. */
export interface OpenApiCheck {
  /** Throws, with the reason, when the document does not allow this answer. */
  check(exchanged: Exchanged): void;
  /** `operationId status` of what was answered so far. */
  readonly seen: ReadonlySet<string>;
  /** `METHOD /path/{name}` of every operation. */
  readonly operations: readonly string[];
  /** `operationId status` of every answer that is described, but for `5XX`. */
  readonly described: readonly string[];
}

export function openApiCheck({ paths }: OpenApiDocument): OpenApiCheck {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const seen = new Set<string>();
  return {
    seen,
    operations: operations.map(({ path, method }) => `${method} ${path}`),
    described: operations.flatMap(({ operation: { operationId, responses } }) =>
      Object.keys(responses)
        .filter((status) => status !== '5XX')
        .map((status) => `${operationId} ${status}`),
    ),
    check(exchanged) {
      const { method, path, status } = exchanged;
      const found = operations.find((each) => each.method === method && matches(each.path, path));
      if (found === undefined) throw new Error(`${method} ${path} is in no operation`);
      const { operationId, responses } = found.operation;
      const described = responses[status] ?? responses[`${Math.floor(status / 100)}XX`];
      if (described === undefined) throw new Error(`${operationId} answered ${status}, which is not described`);
      checkHeaders(operationId, described, exchanged);
      checkBody(operationId, described, exchanged);
      seen.add(`${operationId} ${status}`);
    },
  };
}

function matches(template: string, path: string): boolean {
  const [wanted, given] = [template.split('/'), path.split('/')];
  return wanted.length === given.length && wanted.every((part, index) => part.startsWith('{') || part === given[index]);
}

function checkHeaders(operation: string, { headers = {} }: Described, { status, headers: given }: Exchanged): void {
  for (const [name, { schema }] of Object.entries(headers)) {
    const value = given[name.toLowerCase()];
    if (!Compile(schema).Check(value)) throw new Error(`${operation} ${status}: ${name} is ${value}`);
  }
}

function checkBody(operation: string, { content }: Described, { status, headers, body }: Exchanged): void {
  const where = `${operation} ${status}`;
  if (content === undefined) {
    if (body.length > 0) throw new Error(`${where} has a body, which is not described`);
    return;
  }
  const [type = ''] = String(headers['content-type']).split(';');
  const schema = content[type]?.schema;
  if (schema === undefined) throw new Error(`${where} is of type ${type}, which is not described`);
  if (!type.endsWith('json')) return;
  const validator = Compile(schema);
  const value: unknown = JSON.parse(body.toString());
  const [wrong] = validator.Errors(value);
  if (wrong !== undefined) throw new Error(`${where}: ${wrong.instancePath} ${wrong.message}`);
}
