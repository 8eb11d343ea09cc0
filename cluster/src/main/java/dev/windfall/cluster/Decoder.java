package dev.windfall.cluster;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Reads one Kubernetes object off a stream into the few fields somebody needs.
 *
 * @param <T> what is kept of an object: small and immutable, as thousands are held
 */
@FunctionalInterface
public interface Decoder<T> {
  /**
   * Reads one object. What the decoder leaves unread is skipped, and it cannot read past the
   * object's end.
   *
   * @param object positioned at the object's {@code START_OBJECT}
   * @return what to keep, or null when the object is of no interest and shall not be held
   * @throws IOException when the stream breaks or is no JSON; the list or watch starts again
   */
  @Nullable T decode(JsonParser object) throws IOException;

  /**
   * Keeps whole objects, without their managed fields. For kinds with few objects only: a node is
   * 14 KB of JSON.
   */
  static Decoder<ObjectNode> whole() {
    return Json::readTrimmed;
  }
}
