package dev.windfall.extender;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.nio.charset.StandardCharsets;

/** JSON as the scheduler sends it, within bounds, and as it takes it. */
final class Json {
  static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(100)
                  .maxStringLength(2 << 20)
                  .maxNumberLength(40)
                  .build())
          .build();

  private Json() {}

  /** Text as JSON has it, with its quotes. */
  static byte[] quoted(String text) {
    // Half a surrogate pair is no character, and becomes a question mark.
    String whole = new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    byte[] inner = JsonStringEncoder.getInstance().quoteAsUTF8(whole);
    byte[] quoted = new byte[inner.length + 2];
    quoted[0] = '"';
    System.arraycopy(inner, 0, quoted, 1, inner.length);
    quoted[quoted.length - 1] = '"';
    return quoted;
  }
}
