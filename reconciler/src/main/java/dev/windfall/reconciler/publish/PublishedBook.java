package dev.windfall.reconciler.publish;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.Key;
import dev.windfall.cluster.KubeClient;
import dev.windfall.cluster.Resource;
import dev.windfall.market.BookCodec;
import dev.windfall.market.Offer;
import dev.windfall.policies.JsonPull;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** Reads the published book. What stands there is checked like anything a stranger sends. */
public final class PublishedBook {
  /** The parts may be replaced while they are read. */
  private static final int ATTEMPTS = 3;

  private final KubeClient client;
  private final String namespace;

  /** The digest of the book that was read last. */
  private String known = "";

  /** What that book offered. */
  private List<Offer> offers = List.of();

  public PublishedBook(KubeClient client, String namespace) {
    this.client = client;
    this.namespace = namespace;
  }

  /**
   * The book as it is published; empty when none is, or the same as last time. Asked by one thread
   * only.
   *
   * @throws IOException when what stands there is no book; the message says what is wrong
   * @throws dev.windfall.cluster.ClusterException when the API server cannot say
   */
  public Optional<BookCodec.Reading> read(Instant now) throws IOException {
    String trouble = "";
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Optional<ObjectNode> configMap = client.get(Resource.CONFIGMAPS, key(Pointer.NAME));
      if (configMap.isEmpty()) {
        return Optional.empty();
      }
      Optional<Pointer> pointer = Pointer.of(configMap.get());
      if (pointer.isEmpty()) {
        throw new IOException(
            "configmap %s was changed by hand; delete it, and it is written again"
                .formatted(key(Pointer.NAME)));
      }
      if (pointer.get().digest().equals(known)) {
        return Optional.empty();
      }
      List<byte[]> parts = parts(configMap.get(), pointer.get());
      String digest = Pointer.digest(parts);
      if (digest.equals(pointer.get().digest())) {
        BookCodec.Reading reading = BookCodec.read(together(parts), now, offers);
        known = digest;
        offers = reading.offers();
        return Optional.of(reading);
      }
      trouble =
          "configmap %s says its book has the digest %s, and it has %s"
              .formatted(key(Pointer.NAME), pointer.get().digest(), digest);
    }
    throw new IOException(trouble);
  }

  private List<byte[]> parts(ObjectNode configMap, Pointer pointer) {
    List<byte[]> parts = new ArrayList<>();
    if (pointer.parts() == 0) {
      parts.add(bytes(configMap));
    }
    for (int part = 0; part < pointer.parts(); part++) {
      Key name = key(Pointer.part(pointer.generation(), part));
      client.get(Resource.CONFIGMAPS, name, PublishedBook::bytes).ifPresent(parts::add);
    }
    return parts;
  }

  private static InputStream together(List<byte[]> parts) {
    return new SequenceInputStream(
        Collections.enumeration(parts.stream().map(ByteArrayInputStream::new).toList()));
  }

  private static byte[] bytes(ObjectNode configMap) {
    try {
      byte[] bytes = configMap.path("binaryData").path(Pointer.BYTES).binaryValue();
      return bytes == null ? new byte[0] : bytes;
    } catch (IOException e) {
      // No base64: the digest will not be right either.
      return new byte[0];
    }
  }

  /** The same off a stream: as a text in a tree they would take three times as much. */
  private static byte[] bytes(JsonParser configMap) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(Pointer.MOST_BYTES);
    JsonPull json = new JsonPull(configMap);
    json.object(field -> {
      if (field.equals("binaryData")) {
        json.object(name -> {
          if (name.equals(Pointer.BYTES) && configMap.currentToken() == JsonToken.VALUE_STRING) {
            read(configMap, bytes);
          }
        });
      }
    });
    return bytes.toByteArray();
  }

  private static void read(JsonParser configMap, OutputStream bytes) throws IOException {
    try {
      var _ = configMap.readBinaryValue(bytes);
    } catch (JsonEOFException e) {
      throw e;
    } catch (JsonParseException | IllegalArgumentException e) {
      // No base64, and what was read of it will not have the right digest.
    }
  }

  private Key key(String name) {
    return Pointer.key(namespace, name);
  }
}
