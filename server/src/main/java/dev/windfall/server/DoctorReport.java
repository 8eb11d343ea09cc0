package dev.windfall.server;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.windfall.server.Finding.State;
import dev.windfall.server.Table.Column;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What {@code windfall doctor} says.
 *
 * @param servers that were asked
 */
record DoctorReport(List<String> servers, List<Finding> findings) {
  private static final JsonFactory JSON = new JsonFactory();

  boolean good() {
    return count(State.PROBLEM) == 0;
  }

  private long count(State state) {
    return findings.stream().filter(finding -> finding.state() == state).count();
  }

  String table() {
    boolean several = servers.size() > 1;
    List<Column> columns = new ArrayList<>(List.of(Column.text("STATE"), Column.text("CHECK")));
    if (several) {
      columns.add(Column.text("SERVER"));
    }
    columns.add(Column.text("FOUND"));
    Table table = new Table(columns);
    for (Finding finding : findings) {
      List<String> cells = new ArrayList<>(List.of(finding.state().toString(), finding.about()));
      if (several) {
        cells.add(finding.server().isEmpty() ? "all" : finding.server());
      }
      cells.add(finding.says());
      table.row(cells);
    }
    return table
        + "\n%s, %s\n"
            .formatted(
                counted(count(State.PROBLEM), "problem"), counted(count(State.WARNING), "warning"));
  }

  private static String counted(long count, String what) {
    return count + " " + what + (count == 1 ? "" : "s");
  }

  String json() {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(text).useDefaultPrettyPrinter()) {
      json.writeStartObject();
      json.writeArrayFieldStart("servers");
      for (String server : servers) {
        json.writeString(server);
      }
      json.writeEndArray();
      json.writeNumberField("problems", count(State.PROBLEM));
      json.writeNumberField("warnings", count(State.WARNING));
      json.writeArrayFieldStart("findings");
      for (Finding finding : findings) {
        json.writeStartObject();
        json.writeStringField("state", finding.state().toString());
        json.writeStringField("check", finding.about());
        json.writeStringField("server", finding.server().isEmpty() ? null : finding.server());
        json.writeStringField("found", finding.says());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return text.append('\n').toString();
  }
}
