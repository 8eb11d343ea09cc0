package dev.windfall.policies;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Files that belong together, such as those of a directory, judged without a cluster. Which of
 * Windfall's documents one is, it says itself.
 */
public final class Validation {
  private static final String OFFERS = "offers";

  private final List<Found> found = new ArrayList<>();
  private final List<Problem> errors = new ArrayList<>();
  private final List<Problem> warnings = new ArrayList<>();
  private final Names names = new Names();

  /**
   * A document that was found.
   *
   * @param kind such as {@code SpotPolicy}, {@code market file}
   * @param name of a resource; empty for a file, or where it has none
   */
  public record Found(String source, String kind, Optional<String> name) {}

  /**
   * Judges one text.
   *
   * @param source what problems call it
   */
  public void check(String source, String text) {
    try {
      List<Section> documents = Document.readResources(source, text);
      if (documents.isEmpty()) {
        errors.add(new Problem(source, 0, 0, "holds no document"));
      } else if (documents.size() == 1 && !documents.getFirst().has("kind")) {
        file(source, text, documents.getFirst());
      } else {
        documents.forEach(document -> resource(source, document));
      }
    } catch (UnreadableException e) {
      errors.addAll(e.problems());
    }
  }

  /** Says of a source that it cannot be read. */
  public void unreadable(String source, String why) {
    errors.add(new Problem(source, 0, 0, why));
  }

  private void file(String source, String text, Section document) {
    if (document.has(OFFERS)) {
      found.add(new Found(source, "market file", Optional.empty()));
      MarketFile<MarketFile.Entry> market = MarketFile.read(source, text);
      errors.addAll(market.leftOut());
      if (market.offers().isEmpty() && market.leftOut().isEmpty()) {
        errors.add(document.about(OFFERS, "offers must hold at least one"));
      }
    } else if (WindfallConfig.SECTIONS.stream().anyMatch(document::has)) {
      found.add(new Found(source, "configuration", Optional.empty()));
      var _ = WindfallConfig.read(Path.of(source), text, Map.of(), Map.of());
    } else if (document.has("apiVersion")) {
      resource(source, document);
    } else {
      document.reject(
          "kind",
          "is none of Windfall's documents: it has neither kind: %s, %s or %s, nor offers, nor a key of"
                  .formatted(SpotPolicy.KIND, SpotPool.KIND, LeftoverNodePool.KIND)
              + " windfall.yaml such as market");
      document.refuseUnknown();
      errors.addAll(document.problems());
    }
  }

  private void resource(String source, Section document) {
    String kind = document.peek("kind").orElse("");
    Section metadata = document.section("metadata");
    switch (kind) {
      case SpotPolicy.KIND ->
          SpotPolicy.read(document, Optional.of(source))
              .filter(SpotPolicy::silent)
              .ifPresent(policy ->
                  warnings.add(
                      document.about(
                          "spec",
                          spoken(kind, policy.name())
                              + " makes no difference: it has neither defaults nor bounds, and says"
                              + " nothing of pods that nothing fits")));
      case SpotPool.KIND -> {
        var _ = SpotPoolReader.read(document);
      }
      case LeftoverNodePool.KIND ->
          LeftoverNodePoolReader.read(document)
              .ifPresent(pool ->
                  LeftoverTranslation.ranked(pool, true)
                      .notes()
                      .forEach(note -> warnings.add(document.about("spec", note))));
      default -> {
        var _ =
            document.required(
                "kind", Shape.oneOf(SpotPolicy.KIND, SpotPool.KIND, LeftoverNodePool.KIND));
      }
    }
    names.claim(document, kind, source);
    if (document.clean()) {
      metadata
          .peek("namespace")
          .ifPresent(namespace ->
              warnings.add(
                  metadata.about(
                      "namespace",
                      "namespace \"%s\" has no effect: a %s is the whole cluster's"
                          .formatted(Shape.shown(namespace), kind))));
    }
    found.add(new Found(source, kind, metadata.peek("name")));
    errors.addAll(document.problems());
  }

  private static String spoken(String kind, String name) {
    return kind + " \"" + name + "\"";
  }

  /** What was found, in order. */
  public List<Found> found() {
    return List.copyOf(found);
  }

  /** What is wrong: it would be refused, or left out. */
  public List<Problem> errors() {
    return List.copyOf(errors);
  }

  /** What is legal, and surely not what was meant. */
  public List<Problem> warnings() {
    return List.copyOf(warnings);
  }
}
