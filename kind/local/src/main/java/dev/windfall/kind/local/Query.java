package dev.windfall.kind.local;

import io.helidon.common.uri.UriQuery;

/** The query parameters of a request, read as the API server reads them. */
final class Query {
  private final UriQuery query;

  Query(UriQuery query) {
    this.query = query;
  }

  String text(String name) {
    return query.contains(name) ? query.get(name) : "";
  }

  boolean flag(String name) {
    String text = text(name);
    return text.equals("true") || text.equals("1");
  }

  boolean dryRun() {
    return text("dryRun").equals("All");
  }

  int number(String name, int otherwise) {
    String text = text(name);
    try {
      return text.isEmpty() ? otherwise : Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw Refusal.badRequest("strconv.ParseInt: parsing \"" + text + "\": invalid syntax");
    }
  }

  Selector selector(Kind kind) {
    return Selector.parse(kind, text("labelSelector"), text("fieldSelector"));
  }

  static long version(String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw Refusal.badRequest("resourceVersion: Invalid value: \"" + text + "\"");
    }
  }
}
