// What a client of Piston (the npm package piston-client) gets of the service at this address, as JSON.
import piston from "piston-client";

const client = piston({ server: process.argv[2] });
console.log(JSON.stringify({
  runtimes: await client.runtimes(),
  done: await client.execute("python", "import sys\nprint(input(), sys.argv[1:])", { stdin: "in", args: ["a", "b"] }),
  files: await client.execute({ language: "python", files: [{ name: "main.py", content: "print(open('x').read())" }, { name: "x", content: "y" }] }),
  failed: await client.execute("python", "1 / 0"),
  late: await client.execute("python", "while True: pass", { runTimeout: 300 }),
}));
