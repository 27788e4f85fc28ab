// socket.io on Node: io.emit, and acknowledgements for calls. It uses bufferutil if installed.
const { createServer } = require("node:http");
const { Server } = require("socket.io");

const server = createServer();
const io = new Server(server);
io.on("connection", (socket) => {
  socket.on("cast", (data) => io.emit("msg", data));
  socket.on("echo", (...args) => args.pop()(...args));
});
server.listen({ port: Number(process.argv[2]), host: "127.0.0.1", backlog: 1024 });
