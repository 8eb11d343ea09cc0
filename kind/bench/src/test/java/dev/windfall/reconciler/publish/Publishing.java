package dev.windfall.reconciler.publish;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.ClusterMetrics;
import dev.windfall.cluster.KubeClient;
import dev.windfall.market.PriceBook;
import dev.windfall.reconciler.LeaderWrites;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Publishes a book as the leader would, where a benchmark plays the leader. It is in the loop's
 * package because the loop shows its parts to nobody.
 */
public final class Publishing {
  private final Publisher publisher;

  public Publishing(URI apiServer, String namespace) {
    KubeClient client = KubeClient.at(apiServer, new ClusterMetrics(new PrometheusRegistry()));
    publisher = new Publisher(new LeaderWrites(client, () -> true), namespace);
  }

  /** Writes {@code book} in the place of what is there. */
  public void publish(PriceBook book, Instant now) {
    Optional<ObjectNode> there = publisher.pointer();
    Publication publication =
        Publication.of(
                book, there.flatMap(Pointer::of), Duration.ofHours(1), now, Pointer.MOST_BYTES)
            .orElseThrow();
    publisher.write(publication, there);
  }
}
