package dev.windfall.extender;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** The bytes of an answer, put together from what is prepared. */
final class Answer {
  private byte[] bytes;
  private int length;

  /** An answer of about {@code size} bytes. */
  Answer(int size) {
    bytes = new byte[size];
  }

  /**
   * Scores as the verb {@code prioritize} has them.
   *
   * @param sent the candidates whose scores are sent
   */
  static byte[] prioritize(Scores scores, int[] sent) {
    NodeNames names = scores.nodes().names();
    List<String> strangers = scores.question().strangers();
    Answer answer = new Answer(2 + 80 * sent.length);
    answer.add('[');
    for (int i = 0; i < sent.length; i++) {
      int slot = scores.question().slot(sent[i]);
      if (i > 0) {
        answer.add(',');
      }
      if (slot < 0) {
        answer.add(NodeNames.entry(strangers.get(-1 - slot)));
      } else {
        names.addEntry(slot, answer);
      }
      int score = scores.score(sent[i]);
      if (score == Scores.BEST) {
        answer.add('1');
      }
      answer.add((char) ('0' + score % Scores.BEST));
      answer.add('}');
    }
    answer.add(']');
    return answer.bytes();
  }

  Answer add(char ascii) {
    room(1);
    bytes[length++] = (byte) ascii;
    return this;
  }

  Answer add(String ascii) {
    return add(ascii.getBytes(StandardCharsets.US_ASCII));
  }

  Answer add(byte[] some) {
    return add(some, 0, some.length);
  }

  Answer add(byte[] some, int from, int to) {
    room(to - from);
    System.arraycopy(some, from, bytes, length, to - from);
    length += to - from;
    return this;
  }

  private void room(int more) {
    if (length + more > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + more));
    }
  }

  byte[] bytes() {
    return Arrays.copyOf(bytes, length);
  }
}
