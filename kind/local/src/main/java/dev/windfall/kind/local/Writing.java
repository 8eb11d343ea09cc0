package dev.windfall.kind.local;

import java.util.ArrayList;
import java.util.List;

/**
 * How a write was asked for, and what shall be said beside its answer.
 *
 * @param validation Ignore, Warn or Strict: what comes of unknown fields
 * @param warnings one header each, in order
 */
record Writing(boolean dryRun, Validation validation, List<String> warnings) {
  enum Validation {
    IGNORE,
    WARN,
    STRICT
  }

  /**
   * Reads the parameters of a request.
   *
   * @param verb as Kubernetes names it; one that writes no fields has none to validate
   */
  static Writing of(Query query, String verb) {
    String options =
        switch (verb) {
          case "create" -> "CreateOptions";
          case "update" -> "UpdateOptions";
          case "patch" -> "PatchOptions";
          default -> "";
        };
    String text = options.isEmpty() ? "" : query.text("fieldValidation");
    Validation validation =
        switch (text) {
          case "", "Warn" -> Validation.WARN;
          case "Strict" -> Validation.STRICT;
          case "Ignore" -> Validation.IGNORE;
          default ->
              throw new Refusal(
                  422,
                  "Invalid",
                  options
                      + ".meta.k8s.io \"\" is invalid: fieldValidation: Unsupported value: \""
                      + text
                      + "\": supported values: \"\", \"Ignore\", \"Strict\", \"Warn\"");
        };
    return new Writing(query.dryRun(), validation, new ArrayList<>());
  }

  void warn(String warning) {
    warnings.add(warning);
  }

  /** The values of the Warning headers. */
  List<String> headers() {
    return warnings.stream()
        .distinct()
        .map(warning ->
            "299 - \""
                + warning.replaceAll("\\p{Cntrl}+", " ").replace("\\", "\\\\").replace("\"", "\\\"")
                + "\"")
        .toList();
  }
}
