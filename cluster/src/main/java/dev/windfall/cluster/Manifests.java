package dev.windfall.cluster;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;

@SuppressWarnings("DoNotCallSuggester")
public final class Manifests {
  public enum Outcome {
    CREATED,
    UPDATED,
    UNCHANGED
  }

  public Manifests(KubeClient client, Clocks clocks) {}

  public Outcome apply(Resource resource, ObjectNode manifest) {
    throw new UnsupportedOperationException();
  }

  public void awaitEstablished(String crd, Duration bound) throws InterruptedException {
    throw new UnsupportedOperationException();
  }
}
