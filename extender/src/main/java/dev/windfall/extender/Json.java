package dev.windfall.extender;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.nio.charset.StandardCharsets;

/** JSON as the scheduler sends it, within bounds, and as it takes it. */
final class Json {
  static final JsonFactory FACTORY =
      JsonFactory.builder()
          // A caller chooses the names of fields, and those that are interned slow the JVM down.
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(100)
                  .maxStringLength(2 << 20)
                  .maxNumberLength(40)
                  .build())
          .build();

  private Json() {}

  /** The same text where half a surrogate pair, which is no character, is a question mark. */
  static String whole(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
  }

  /** Text as JSON has it, with its quotes. */
  static byte[] quoted(String text) {
    byte[] inner = JsonStringEncoder.getInstance().quoteAsUTF8(whole(text));
    byte[] quoted = new byte[inner.length + 2];
    quoted[0] = '"';
    System.arraycopy(inner, 0, quoted, 1, inner.length);
    quoted[quoted.length - 1] = '"';
    return quoted;
  }
}
