package dev.windfall.server;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.windfall.policies.Problem;
import dev.windfall.policies.Validation;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What was found wrong with documents, for people and for programs. */
record ValidationReport(
    List<Validation.Found> documents, List<Problem> errors, List<Problem> warnings) {
  private static final JsonFactory JSON = new JsonFactory();

  ValidationReport {
    documents = List.copyOf(documents);
    errors = List.copyOf(errors);
    warnings = List.copyOf(warnings);
  }

  static ValidationReport of(List<Validation> validations) {
    return new ValidationReport(
        validations.stream().flatMap(one -> one.found().stream()).toList(),
        validations.stream().flatMap(one -> one.errors().stream()).toList(),
        validations.stream().flatMap(one -> one.warnings().stream()).toList());
  }

  /** Whether nothing would be refused. */
  boolean good() {
    return errors.isEmpty();
  }

  /** A line for each problem, as compilers have it, so that editors find the place; and the sum. */
  String lines() {
    return Stream.of(
            errors.stream().map(Problem::toString),
            warnings.stream().map(ValidationReport::warning),
            Stream.of(sum()))
        .flatMap(lines -> lines)
        .collect(Collectors.joining("\n", "", "\n"));
  }

  private static String warning(Problem problem) {
    return new Problem(
            problem.source(), problem.line(), problem.column(), "warning: " + problem.message())
        .toString();
  }

  private String sum() {
    return counted(documents.size(), "document")
        + ": "
        + counted(errors.size(), "error")
        + ", "
        + counted(warnings.size(), "warning");
  }

  private static String counted(int count, String what) {
    return count + " " + what + (count == 1 ? "" : "s");
  }

  String json() {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(text).useDefaultPrettyPrinter()) {
      json.writeStartObject();
      json.writeArrayFieldStart("documents");
      for (Validation.Found found : documents) {
        json.writeStartObject();
        json.writeStringField("source", found.source());
        json.writeStringField("kind", found.kind());
        writeName(json, found.name());
        json.writeEndObject();
      }
      json.writeEndArray();
      write(json, "errors", errors);
      write(json, "warnings", warnings);
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return text.append('\n').toString();
  }

  private static void writeName(JsonGenerator json, Optional<String> name) throws IOException {
    if (name.isPresent()) {
      json.writeStringField("name", name.get());
    } else {
      json.writeNullField("name");
    }
  }

  /** Where a problem has no place, the file as a whole is meant. */
  private static void write(JsonGenerator json, String name, List<Problem> problems)
      throws IOException {
    json.writeArrayFieldStart(name);
    for (Problem problem : problems) {
      json.writeStartObject();
      json.writeStringField("source", problem.source());
      if (problem.line() > 0) {
        json.writeNumberField("line", problem.line());
        json.writeNumberField("column", problem.column());
      } else {
        json.writeNullField("line");
        json.writeNullField("column");
      }
      json.writeStringField("message", problem.message());
      json.writeEndObject();
    }
    json.writeEndArray();
  }
}
