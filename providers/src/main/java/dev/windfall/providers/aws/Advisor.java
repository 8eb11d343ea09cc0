package dev.windfall.providers.aws;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLConnection;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** The interruption bands that AWS publishes as a file, for one region. */
final class Advisor {
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final Duration READ = Duration.ofSeconds(20);
  private static final Duration WHOLE = Duration.ofSeconds(30);
  private static final long MOST_BYTES = 64 << 20;
  private static final JsonFactory JSON = new JsonFactory();

  /** By the file's own numbers. */
  private static final Map<Integer, String> BANDS =
      Map.of(0, "<5%", 1, "5-10%", 2, "10-15%", 3, "15-20%", 4, ">20%");

  private Advisor() {}

  /** The bands of {@code region} by type, out of the file at {@code where}. */
  static Map<String, String> bands(URI where, String region) {
    return bands(where, region, WHOLE);
  }

  /** The same, within {@code most}: prices wait for it. */
  static Map<String, String> bands(URI where, String region, Duration most) {
    long end = System.nanoTime() + most.toNanos();
    try {
      URLConnection connection = where.toURL().openConnection();
      connection.setConnectTimeout((int) CONNECT.toMillis());
      connection.setReadTimeout((int) READ.toMillis());
      try (InputStream stream = new Bounded(connection.getInputStream(), end);
          JsonParser json = JSON.createParser(stream)) {
        return read(json, region);
      }
    } catch (IOException | IllegalArgumentException e) {
      throw new UnusableAnswerException("cannot be read (" + e.getClass().getSimpleName() + ")");
    }
  }

  /** Reads {@code spot_advisor.REGION.Linux.TYPE.r}, and passes over the rest as it comes. */
  private static Map<String, String> read(JsonParser json, String region) throws IOException {
    Map<String, String> bands = new HashMap<>();
    if (json.nextToken() == JsonToken.START_OBJECT
        && enter(json, "spot_advisor")
        && enter(json, region)
        && enter(json, "Linux")) {
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String type = json.currentName();
        Integer band = null;
        if (json.nextToken() == JsonToken.START_OBJECT) {
          while (json.nextToken() == JsonToken.FIELD_NAME) {
            boolean rate = json.currentName().equals("r");
            json.nextToken();
            if (rate && json.currentToken() == JsonToken.VALUE_NUMBER_INT) {
              band = json.getIntValue();
            }
            json.skipChildren();
          }
        }
        String label = band == null ? null : BANDS.get(band);
        if (label != null) {
          bands.put(type, label);
        }
      }
    }
    if (bands.isEmpty()) {
      throw new UnusableAnswerException("says nothing of Linux in " + region);
    }
    return Map.copyOf(bands);
  }

  /** Goes on to the object under {@code field} of the object that was entered last. */
  private static boolean enter(JsonParser json, String field) throws IOException {
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      boolean found = json.currentName().equals(field);
      JsonToken value = json.nextToken();
      if (found) {
        return value == JsonToken.START_OBJECT;
      }
      json.skipChildren();
    }
    return false;
  }

  /** Gives up on a file that does not end, or only slowly: it need not say how long it is. */
  private static final class Bounded extends FilterInputStream {
    private final long end;
    private long left = MOST_BYTES;

    Bounded(InputStream in, long end) {
      super(in);
      this.end = end;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      int read = super.read(into, offset, length);
      left -= Math.max(0, read);
      if (left < 0) {
        throw new UnusableAnswerException("is larger than a file of bands can be");
      }
      if (System.nanoTime() - end > 0) {
        throw new UnusableAnswerException("gives no answer in time");
      }
      return read;
    }
  }
}
