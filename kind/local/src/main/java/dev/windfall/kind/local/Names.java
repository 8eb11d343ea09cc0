package dev.windfall.kind.local;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a kind is called: in URLs, in manifests and by people in a hurry. */
record Names(
    String plural,
    String singular,
    String kind,
    String listKind,
    List<String> shortNames,
    List<String> categories) {
  static Names of(String plural, String kind, String... shortNames) {
    return new Names(
        plural, kind.toLowerCase(Locale.ROOT), kind, kind + "List", List.of(shortNames), List.of());
  }

  /** Reads {@code spec.names} of a CustomResourceDefinition; singular and list have defaults. */
  static Names read(JsonNode names) {
    String kind = names.path("kind").asText();
    return new Names(
        names.path("plural").asText(),
        names.path("singular").asText(kind.toLowerCase(Locale.ROOT)),
        kind,
        names.path("listKind").asText(kind + "List"),
        texts(names.path("shortNames")),
        texts(names.path("categories")));
  }

  Names in(String... newCategories) {
    return new Names(plural, singular, kind, listKind, shortNames, List.of(newCategories));
  }

  private static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(each -> texts.add(each.asText()));
    return List.copyOf(texts);
  }
}
