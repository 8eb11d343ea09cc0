package dev.windfall.market;

import static dev.windfall.market.Offers.NOW;
import static dev.windfall.market.Offers.offer;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/**
 * Whatever bytes stand where a book belongs: they are refused with an {@link IOException}, or every
 * offer that comes of them is one that could be. More rounds: {@code -Dwindfall.fuzz=100000}.
 */
class BookCodecFuzzTest {
  private static final int ROUNDS = Integer.getInteger("windfall.fuzz", 3000);
  private static final List<String> TOKENS =
      List.of(
          "0",
          "-1",
          "1e400",
          "9223372036854775808",
          "\"\"",
          "null",
          "[",
          "]",
          "{",
          "}",
          ",",
          ":",
          "\"1000000000\"",
          "\"\\u0000\"",
          "\"\\ud800\"",
          "true",
          "\"offers\":[[0,0,\"a\"]]");

  private final long seed = new Random().nextLong();
  private final Random random = new Random(seed);

  @RepeatedTest(2)
  void noBytesBreakTheReader() {
    byte[] book = book();
    byte[] json = inflated(book);
    assertTimeout(
        Duration.ofMinutes(5),
        () -> {
          for (int round = 0; round < ROUNDS; round++) {
            byte[] bytes = random.nextInt(4) == 0 ? mutated(book) : deflated(mutated(json));
            try {
              check(BookCodec.read(bytes, NOW));
            } catch (IOException e) {
              assertTrue(
                  String.valueOf(e.getMessage()).startsWith("the price book"), "seed " + seed);
            } catch (RuntimeException e) {
              throw new AssertionError("seed " + seed + ", round " + round, e);
            }
          }
        });
  }

  @Test
  void noBytesBreakTheReaderOfHistories() {
    History history = History.empty();
    for (int i = 0; i < 5; i++) {
      OfferKey key = Offers.key("zone.type" + i + ".spot");
      history = history.with(new History.NoCapacity(key, "region", NOW), Risk.DEFAULT);
    }
    byte[] written = HistoryCodec.write(history);
    for (int round = 0; round < ROUNDS; round++) {
      try {
        assertTrue(HistoryCodec.read(mutated(written)).offers().size() <= History.MOST);
      } catch (IOException e) {
        // As it should.
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + seed + ", round " + round, e);
      }
    }
  }

  private void check(BookCodec.Reading reading) {
    for (Offer offer : reading.book().offers()) {
      assertTrue(OfferCheck.problem(offer, NOW).isEmpty(), "seed " + seed + ": " + offer);
    }
  }

  private static byte[] book() {
    List<Offer> offers = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      offers.add(offer("g" + i + ".xlarge", "0.4" + i).seen("1M").score(1 + i % 10).build());
    }
    return BookCodec.write(
        PriceBook.of(
            offers,
            List.of(
                new SourceHealth(
                    "test", 20, Optional.of(NOW), Optional.empty(), List.of("x"), List.of()))));
  }

  private byte[] mutated(byte[] original) {
    byte[] bytes = original.clone();
    for (int i = random.nextInt(4); i >= 0; i--) {
      int at = random.nextInt(bytes.length);
      switch (random.nextInt(4)) {
        case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> bytes[at] = (byte) random.nextInt(256);
        case 2 -> bytes = java.util.Arrays.copyOf(bytes, Math.max(1, at));
        default -> {
          byte[] token = TOKENS.get(random.nextInt(TOKENS.size())).getBytes(StandardCharsets.UTF_8);
          ByteArrayOutputStream spliced = new ByteArrayOutputStream();
          spliced.write(bytes, 0, at);
          spliced.writeBytes(token);
          int from = Math.min(bytes.length, at + random.nextInt(10));
          spliced.write(bytes, from, bytes.length - from);
          bytes = spliced.toByteArray();
        }
      }
    }
    return bytes;
  }

  private static byte[] inflated(byte[] bytes) {
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static byte[] deflated(byte[] bytes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    return out.toByteArray();
  }
}
