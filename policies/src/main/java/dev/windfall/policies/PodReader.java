package dev.windfall.policies;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads one pod token by token: no tree, no field that nobody asks for. Lists may be null, as Go
 * writes them.
 */
final class PodReader {
  private final JsonParser json;

  private final Map<String, String> annotations = new HashMap<>();
  private final List<String> gates = new ArrayList<>();
  private String namespace = "";
  private String name = "";
  private String uid = "";
  private String schedulerName = "";
  private String nodeName = "";
  private String phase = "";
  private boolean toleratesRungs;
  private boolean unschedulable;
  private boolean deleting;
  private long containerGpus;
  private long sidecarGpus;
  private long initPeak;

  PodReader(JsonParser json) {
    this.json = json;
  }

  Pod read() throws IOException {
    object(field -> {
      switch (field) {
        case "metadata" -> object(this::metadata);
        case "spec" -> object(this::spec);
        case "status" -> object(this::status);
        default -> json.skipChildren();
      }
    });
    long gpus = Math.max(containerGpus + sidecarGpus, initPeak);
    return new Pod(
        namespace,
        name,
        uid,
        annotations,
        schedulerName,
        nodeName,
        gates,
        (int) Math.min(gpus, Integer.MAX_VALUE),
        toleratesRungs,
        phase,
        unschedulable,
        deleting);
  }

  private void metadata(String field) throws IOException {
    switch (field) {
      case "name" -> name = text();
      case "namespace" -> namespace = text();
      case "uid" -> uid = text();
      case "deletionTimestamp" -> deleting = !text().isEmpty();
      case "annotations" ->
          object(key -> {
            if (key.startsWith(Keys.PREFIX)) {
              annotations.put(key, text());
            } else {
              json.skipChildren();
            }
          });
      default -> json.skipChildren();
    }
  }

  private void spec(String field) throws IOException {
    switch (field) {
      case "schedulerName" -> schedulerName = text();
      case "nodeName" -> nodeName = text();
      case "schedulingGates" -> each(() -> object(this::gate));
      case "tolerations" -> each(this::toleration);
      case "containers" -> each(() -> containerGpus += container().gpus());
      case "initContainers" -> each(this::initContainer);
      default -> json.skipChildren();
    }
  }

  private void gate(String field) throws IOException {
    if (field.equals("name")) {
      gates.add(text());
    } else {
      json.skipChildren();
    }
  }

  private void toleration() throws IOException {
    Map<String, String> toleration = new HashMap<>();
    object(field -> toleration.put(field, text()));
    String key = toleration.getOrDefault("key", "");
    boolean exists = toleration.getOrDefault("operator", "Equal").equals("Exists");
    // The rung's taint has an empty value. A toleration without a key tolerates everything, but
    // only as Exists.
    boolean matches =
        key.isEmpty()
            ? exists
            : key.equals(Keys.RUNG) && (exists || toleration.getOrDefault("value", "").isEmpty());
    String effect = toleration.getOrDefault("effect", "");
    toleratesRungs |= matches && (effect.isEmpty() || effect.equals("NoSchedule"));
  }

  private void initContainer() throws IOException {
    Container container = container();
    if (container.sidecar()) {
      sidecarGpus += container.gpus();
      initPeak = Math.max(initPeak, sidecarGpus);
    } else {
      initPeak = Math.max(initPeak, sidecarGpus + container.gpus());
    }
  }

  private record Container(long gpus, boolean sidecar) {}

  private Container container() throws IOException {
    Map<String, Long> gpus = new HashMap<>();
    boolean[] sidecar = {false};
    object(field -> {
      switch (field) {
        case "restartPolicy" -> sidecar[0] = text().equals("Always");
        case "resources" ->
            object(kind -> {
              if (kind.equals("requests") || kind.equals("limits")) {
                object(resource -> resource(kind, resource, gpus));
              } else {
                json.skipChildren();
              }
            });
        default -> json.skipChildren();
      }
    });
    return new Container(
        gpus.getOrDefault("requests", gpus.getOrDefault("limits", 0L)), sidecar[0]);
  }

  private void resource(String kind, String resource, Map<String, Long> gpus) throws IOException {
    if (!resource.equals(Keys.GPU_RESOURCE)) {
      json.skipChildren();
      return;
    }
    String quantity = text();
    try {
      gpus.put(kind, Quantity.whole(quantity));
    } catch (IllegalArgumentException e) {
      throw new JsonParseException(
          json, Keys.GPU_RESOURCE + " \"" + quantity + "\" " + e.getMessage());
    }
  }

  private void status(String field) throws IOException {
    switch (field) {
      case "phase" -> phase = text();
      case "conditions" -> each(this::condition);
      default -> json.skipChildren();
    }
  }

  private void condition() throws IOException {
    Map<String, String> condition = new HashMap<>();
    object(field -> {
      if (field.equals("type") || field.equals("status") || field.equals("reason")) {
        condition.put(field, text());
      } else {
        json.skipChildren();
      }
    });
    unschedulable |=
        "PodScheduled".equals(condition.get("type"))
            && "False".equals(condition.get("status"))
            && "Unschedulable".equals(condition.get("reason"));
  }

  @FunctionalInterface
  private interface FieldReader {
    /** Reads the value of {@code field}, at whose first token the parser stands. */
    void read(String field) throws IOException;
  }

  @FunctionalInterface
  private interface ItemReader {
    void read() throws IOException;
  }

  private void object(FieldReader reader) throws IOException {
    if (json.currentToken() == JsonToken.VALUE_NULL) {
      return;
    }
    expect(JsonToken.START_OBJECT);
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String field = json.currentName();
      json.nextToken();
      reader.read(field);
    }
    expect(JsonToken.END_OBJECT);
  }

  private void each(ItemReader reader) throws IOException {
    if (json.currentToken() == JsonToken.VALUE_NULL) {
      return;
    }
    expect(JsonToken.START_ARRAY);
    while (json.nextToken() != JsonToken.END_ARRAY) {
      reader.read();
    }
  }

  /** A scalar as text; anything else is skipped and counts as empty. */
  private String text() throws IOException {
    if (json.currentToken() == JsonToken.VALUE_NULL) {
      return "";
    }
    if (!json.currentToken().isScalarValue()) {
      json.skipChildren();
      return "";
    }
    return json.getText();
  }

  private void expect(JsonToken token) throws IOException {
    if (json.currentToken() != token) {
      throw new JsonParseException(json, "expected " + token + ", found " + json.currentToken());
    }
  }
}
