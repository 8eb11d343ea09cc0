package dev.windfall.reconciler.publish;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.Key;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * What the ConfigMap {@value #NAME} says of the published book. A small book stands in it; a large
 * one stands in parts beside it, of which it says where they are and what they come to.
 *
 * @param generation counts the publications
 * @param parts how many ConfigMaps hold the book; 0: it stands in this one
 * @param digest of the book's bytes
 * @param says names the offers, their prices and how the sources are; whenever that is the same
 *     nothing has moved
 * @param newest when the price that was confirmed last was confirmed
 * @param published when this was written
 */
record Pointer(
    long generation, int parts, String digest, String says, Instant newest, Instant published) {
  /** The ConfigMap. */
  static final String NAME = "windfall-price-book";

  /** The field of a ConfigMap's {@code binaryData} that holds bytes of a book. */
  static final String BYTES = "book.json.gz";

  /** A ConfigMap may have 1 MiB, and names and bookkeeping need some of it. */
  static final int MOST_BYTES = 900 * 1024;

  /**
   * Three times what a book of 100,000 offers comes to, and what the rights in {@code
   * deploy/rbac.yaml} name.
   */
  static final int MOST_PARTS = 4;

  /** Two generations take turns, so that their names are few enough to be granted one by one. */
  static final int TURNS = 2;

  /** The name of one part of a generation, from 0. */
  static String part(long generation, int part) {
    return NAME + "-" + generation % TURNS + "-" + part;
  }

  /** Reads the ConfigMap; empty when a hand has made something else of it. */
  static Optional<Pointer> of(ObjectNode configMap) {
    JsonNode data = configMap.path("data");
    String generation = data.path("generation").asText("");
    String parts = data.path("parts").asText("");
    if (!generation.matches("[0-9]{1,15}")
        || !parts.matches("[0-9]{1,2}")
        || Integer.parseInt(parts) > MOST_PARTS) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new Pointer(
              Long.parseLong(generation),
              Integer.parseInt(parts),
              data.path("digest").asText(""),
              data.path("says").asText(""),
              Instant.parse(data.path("newest").asText("")),
              Instant.parse(data.path("published").asText(""))));
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }

  ObjectNode data() {
    ObjectNode data = JsonNodeFactory.instance.objectNode();
    data.put("generation", Long.toString(generation));
    data.put("parts", Integer.toString(parts));
    data.put("digest", digest);
    data.put("says", says);
    data.put("newest", newest.toString());
    data.put("published", published.toString());
    return data;
  }

  static Key key(String namespace, String name) {
    return new Key(namespace, name);
  }

  /** Of bytes in pieces, one after another. */
  static String digest(List<byte[]> pieces) {
    return hex(pieces, 32);
  }

  /** A short name of a text. */
  static String shortened(String text) {
    return hex(List.of(text.getBytes(StandardCharsets.UTF_8)), 8);
  }

  private static String hex(List<byte[]> pieces, int length) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      pieces.forEach(digest::update);
      return HexFormat.of().formatHex(digest.digest(), 0, length);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
