package dev.windfall.policies;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The names of the resources that stand in files which belong together. */
final class Names {
  private final Map<String, String> files = new HashMap<>();

  /** Refuses a document whose name one of its kind has already. */
  void claim(Section document, String kind, String file) {
    Section metadata = document.section("metadata");
    Optional<String> name = metadata.peek("name");
    if (name.isEmpty()) {
      return;
    }
    String first = files.putIfAbsent(kind + " " + name.get(), file);
    if (first != null) {
      String resource = kind + " \"" + Shape.shown(name.get()) + "\"";
      metadata.reject("name", resource + " is given twice; it stands in " + first + " already");
    }
  }
}
