package dev.windfall.cluster;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

@SuppressWarnings("DoNotCallSuggester")
public final class KubeClient implements AutoCloseable {
  public static KubeClient connect(Optional<Path> kubeconfig, ClusterMetrics metrics) {
    throw new UnsupportedOperationException("connecting");
  }

  public static KubeClient at(URI server, ClusterMetrics metrics) {
    throw new UnsupportedOperationException("connecting");
  }

  /** The same connection, with another bound on each call and another number of attempts. */
  public KubeClient within(Duration timeout, int attempts) {
    throw new UnsupportedOperationException();
  }

  public Optional<ObjectNode> get(Resource resource, Key key) {
    throw new UnsupportedOperationException();
  }

  // namespace: empty for what is cluster-scoped
  public ObjectNode create(Resource resource, String namespace, ObjectNode object) {
    throw new UnsupportedOperationException();
  }

  public ObjectNode replace(Resource resource, Key key, ObjectNode object) {
    throw new UnsupportedOperationException();
  }

  public ObjectNode mergePatch(Resource resource, Key key, ObjectNode patch) {
    throw new UnsupportedOperationException();
  }

  public ObjectNode mergePatchStatus(Resource resource, Key key, ObjectNode patch) {
    throw new UnsupportedOperationException();
  }

  public ObjectNode jsonPatch(Resource resource, Key key, ArrayNode operations) {
    throw new UnsupportedOperationException();
  }

  public void delete(Resource resource, Key key, Preconditions preconditions) {
    throw new UnsupportedOperationException();
  }

  public <T> Listing<T> list(Resource resource, Selection selection, Decoder<T> decoder) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {}
}
