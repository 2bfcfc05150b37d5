// What an agent does with the service at this address, by the official client; its answers, as JSON.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const [address, key] = process.argv.slice(2);
const headers = key ? { Authorization: `Bearer ${key}` } : {};
const transport = new StreamableHTTPClientTransport(new URL(address), { requestInit: { headers } });
const client = new Client({ name: "tests", version: "1.0.0" });
await client.connect(transport);

const run = (args) => client.callTool({ name: "run_python_code", arguments: args });
const found = {
  server: client.getServerVersion(),
  version: transport.protocolVersion,
  tools: (await client.listTools()).tools,
  value: await run({ python_code: "print('hi')\nn + 1", global_variables: { n: 41 } }),
  failure: await run({ python_code: "1 / 0" }),
  missing: await run({}),
  picture: await run({ python_code: "import matplotlib.pyplot as p\np.plot([1, 2])\np.show()" }),
  files: await run({ python_code: "print(open('a.txt').read() + input())", files: { "a.txt": "x" }, stdin: "y" }),
  unknown: await client.callTool({ name: "other", arguments: {} }).catch((error) => error.code),
};
await client.ping();
await client.close();
console.log(JSON.stringify(found));
