package dev.windfall.reconciler.publish;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.Key;
import dev.windfall.cluster.KubeClient;
import dev.windfall.cluster.Resource;
import dev.windfall.market.BookCodec;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;

/** Reads the published book. What stands there is checked like anything a stranger sends. */
public final class PublishedBook {
  /** The parts may be replaced while they are read. */
  private static final int ATTEMPTS = 3;

  private final KubeClient client;
  private final String namespace;

  /** The digest of the book that was read last. */
  private String known = "";

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
      byte[] bytes = bytes(configMap.get(), pointer.get());
      if (Pointer.digest(bytes).equals(pointer.get().digest())) {
        BookCodec.Reading reading = BookCodec.read(bytes, now);
        known = pointer.get().digest();
        return Optional.of(reading);
      }
      trouble =
          "configmap %s says its book has the digest %s, and it has %s"
              .formatted(key(Pointer.NAME), pointer.get().digest(), Pointer.digest(bytes));
    }
    throw new IOException(trouble);
  }

  private byte[] bytes(ObjectNode configMap, Pointer pointer) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    if (pointer.parts() == 0) {
      bytes.writeBytes(bytes(configMap));
    }
    for (int part = 0; part < pointer.parts(); part++) {
      Optional<ObjectNode> there =
          client.get(Resource.CONFIGMAPS, key(Pointer.part(pointer.generation(), part)));
      if (there.isPresent()) {
        bytes.writeBytes(bytes(there.get()));
      }
    }
    return bytes.toByteArray();
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

  private Key key(String name) {
    return Pointer.key(namespace, name);
  }
}
