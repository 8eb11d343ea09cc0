package dev.windfall.providers.aws;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.windfall.policies.Usd;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** AWS's price list, as its products are written: JSON in strings. */
final class PriceList {
  /** A filter's value has at most 1024 characters. */
  private static final int LONGEST_VALUE = 1000;

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Map<String, Usd> prices = new HashMap<>();

  /** The types as values of a filter, comma-separated, as few as there can be. */
  static List<String> values(Collection<String> types) {
    List<String> values = new ArrayList<>();
    StringBuilder value = new StringBuilder();
    for (String type : types) {
      if (!value.isEmpty() && value.length() + 1 + type.length() > LONGEST_VALUE) {
        values.add(value.toString());
        value.setLength(0);
      }
      value.append(value.isEmpty() ? "" : ",").append(type);
    }
    if (!value.isEmpty()) {
      values.add(value.toString());
    }
    return values;
  }

  /** Adds a product; one without a usable price is nobody's offer. */
  void add(String product) {
    JsonNode tree;
    try {
      tree = JSON.readTree(product);
    } catch (JsonProcessingException e) {
      throw new UnusableAnswerException("gives a product that is not JSON");
    }
    String type = tree.at("/product/attributes/instanceType").asText("");
    price(tree)
        .filter(_ -> !type.isEmpty())
        .ifPresent(usd -> prices.merge(type, usd, PriceList::dearer));
  }

  private static Optional<Usd> price(JsonNode product) {
    for (JsonNode term : product.at("/terms/OnDemand")) {
      for (JsonNode dimension : term.path("priceDimensions")) {
        Optional<Usd> usd =
            usd(dimension.at("/pricePerUnit/USD").asText(""))
                .filter(_ -> dimension.path("unit").asText("").equalsIgnoreCase("Hrs"));
        if (usd.isPresent()) {
          return usd;
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<Usd> usd(String text) {
    try {
      return Optional.of(Usd.parse(text)).filter(usd -> !usd.equals(Usd.ZERO));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Of two products for one type the dearer counts: nobody shall pay more than was said. */
  private static Usd dearer(Usd one, Usd other) {
    return one.compareTo(other) >= 0 ? one : other;
  }

  Map<String, Usd> prices() {
    return Map.copyOf(prices);
  }
}
