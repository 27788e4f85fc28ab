// ws on Node: a broadcast is encoded once and sent to each client. The protocol is that of
// autobahn_server.py.
const { WebSocket, WebSocketServer } = require("ws");

const server = new WebSocketServer({
  port: Number(process.argv[2]),
  host: "127.0.0.1",
  backlog: 1024,
});

function broadcast(message) {
  const data = Buffer.from(JSON.stringify(message));
  for (const client of server.clients) {
    if (client.readyState === WebSocket.OPEN) {
      client.send(data, { binary: false });
    }
  }
}

server.on("connection", (client) => {
  client.on("error", () => {});
  client.on("message", (bytes) => {
    const { op, id, args, data } = JSON.parse(bytes);
    if (op === "echo") {
      client.send(JSON.stringify({ id, result: args }));
    } else {
      broadcast({ op: "msg", data });
    }
  });
});
