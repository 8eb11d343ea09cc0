package dev.windfall.policies;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Reads a pod's volumes, of which it keeps the names of the PersistentVolumeClaims. */
final class VolumesReader {
  /** More than any machine mounts. */
  private static final int MOST_CLAIMS = 32;

  private final JsonPull json;
  private final List<String> claims = new ArrayList<>();

  /** Volumes whose claim is named after the pod, which may say its name later. */
  private final List<String> ephemeral = new ArrayList<>();

  VolumesReader(JsonPull json) {
    this.json = json;
  }

  /** At one of {@code spec.volumes}. */
  void volume() throws IOException {
    String[] name = {""};
    String[] claim = {""};
    boolean[] own = {false};
    json.object(field -> {
      switch (field) {
        case "name" -> name[0] = json.text();
        case "persistentVolumeClaim" ->
            json.object(key -> {
              if (key.equals("claimName")) {
                claim[0] = json.text();
              } else {
                json.skip();
              }
            });
        case "ephemeral" -> {
          own[0] = true;
          json.skip();
        }
        default -> json.skip();
      }
    });
    if (claims.size() + ephemeral.size() >= MOST_CLAIMS) {
      return;
    }
    if (own[0] && !name[0].isEmpty()) {
      ephemeral.add(name[0]);
    } else if (!claim[0].isEmpty()) {
      claims.add(claim[0]);
    }
  }

  /** What the volumes of a pod of this name are claimed by. */
  List<String> claims(String pod) {
    return Stream.concat(claims.stream(), ephemeral.stream().map(volume -> pod + "-" + volume))
        .toList();
  }
}
