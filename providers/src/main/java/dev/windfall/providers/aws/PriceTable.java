package dev.windfall.providers.aws;

import dev.windfall.policies.Usd;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The list prices that come with Windfall, for who may not read AWS's own.
 *
 * @param asOf the day on which they were right
 * @param prices by type; empty for a region that is not in it
 */
record PriceTable(LocalDate asOf, Map<String, Usd> prices) {
  private static final String FILE = "on-demand.txt";

  PriceTable {
    prices = Map.copyOf(prices);
  }

  static PriceTable of(String region) {
    try (InputStream stream = PriceTable.class.getResourceAsStream(FILE)) {
      if (stream == null) {
        throw new IllegalStateException("the jar lacks " + FILE);
      }
      return read(
          new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8)), region);
    } catch (IOException e) {
      throw new UncheckedIOException("reading " + FILE, e);
    }
  }

  private static PriceTable read(BufferedReader lines, String region) throws IOException {
    LocalDate asOf = LocalDate.EPOCH;
    Map<String, Usd> prices = new TreeMap<>();
    for (@Nullable String line = lines.readLine(); line != null; line = lines.readLine()) {
      String[] words = line.split(" ", -1);
      if (words[0].equals("asOf")) {
        asOf = LocalDate.parse(words[1]);
      } else if (words[0].equals(region)) {
        prices.put(words[1], Usd.parse(words[2]));
      }
    }
    return new PriceTable(asOf, prices);
  }
}
