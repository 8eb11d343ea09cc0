package dev.windfall.kind.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** An extender that gives the scores it was told to give, and keeps what it was asked. */
final class FakeExtender implements AutoCloseable {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final HttpServer server;
  private final List<JsonNode> asked = new CopyOnWriteArrayList<>();
  private volatile Map<String, Integer> scores = Map.of();

  FakeExtender() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.createContext("/scheduler/prioritize", this::answer);
    server.start();
  }

  URI uri() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  void scores(Map<String, Integer> byNode) {
    scores = Map.copyOf(byNode);
  }

  /** What it was asked, oldest first. */
  List<JsonNode> asked() {
    return asked;
  }

  private void answer(HttpExchange exchange) throws IOException {
    asked.add(MAPPER.readTree(exchange.getRequestBody()));
    ArrayNode list = JsonNodeFactory.instance.arrayNode();
    scores.forEach((node, score) -> list.addObject().put("Host", node).put("Score", score));
    byte[] body = MAPPER.writeValueAsBytes(list);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(200, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
