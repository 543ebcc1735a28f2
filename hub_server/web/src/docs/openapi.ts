/** What this page reads of an OpenAPI 3.1 document. */

export interface Schema {
  $ref?: string;
  type?: string;
  title?: string;
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  enum?: unknown[];
  default?: unknown;
  pattern?: string;
  maxLength?: number;
}

interface Content {
  content?: Record<string, { schema?: Schema }>;
}

export interface Operation {
  summary?: string;
  description?: string;
  parameters?: { name: string; in: string; required?: boolean; description?: string; schema?: Schema }[];
  requestBody?: Content;
  responses?: Record<string, Content & { description?: string }>;
}

export interface OpenApi {
  info: { title: string; version: string };
  paths: Record<string, Record<string, Operation>>;
  components?: { schemas?: Record<string, Schema> };
}

export interface Row {
  method: string;
  path: string;
  operation: Operation;
}

export interface Field {
  name: string;
  type: string;
  required: boolean;
  about: string;
}

/** Every operation, by path. */
export function operations(api: OpenApi): Row[] {
  return Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
}

/** The schema behind a reference, or the schema itself. */
export function resolve(api: OpenApi, schema: Schema | undefined): Schema {
  const name = schema?.$ref?.split("/").at(-1);
  return (name ? api.components?.schemas?.[name] : schema) ?? {};
}

/** A schema's type in one line. */
export function typeOf(schema: Schema): string {
  if (schema.$ref) return schema.$ref.split("/").at(-1) ?? "";
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" or ");
  const either = schema.anyOf ?? schema.oneOf;
  if (either) return either.map(typeOf).join(" or ");
  if (schema.type === "array") return `list of ${typeOf(schema.items ?? {})}`;
  return schema.type ?? "any";
}

function about(schema: Schema): string {
  const limits = [
    schema.description,
    schema.default === undefined ? null : `default ${JSON.stringify(schema.default)}`,
    schema.maxLength ? `at most ${schema.maxLength} characters` : null,
    schema.pattern ? `like ${schema.pattern}` : null,
  ];
  return limits.filter(Boolean).join("; ");
}

/** The fields of a body. */
export function fields(api: OpenApi, content: Content | undefined): Field[] {
  const schema = resolve(api, Object.values(content?.content ?? {})[0]?.schema);
  return Object.entries(schema.properties ?? {}).map(([name, field]) => ({
    name,
    type: typeOf(field),
    required: schema.required?.includes(name) ?? false,
    about: about(field),
  }));
}
