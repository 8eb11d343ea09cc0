package dev.windfall.server;

import io.helidon.http.HeaderValues;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import java.util.function.LongSupplier;

/**
 * Asks the caller to end a connection with the first answer after a collection of the old
 * generation, or after that has grown.
 *
 * <p>Helidon keeps what it read from a connection as a list of buffers, and lets go of its
 * beginning only. A collection of the old generation moves the buffer in use there, and so does one
 * of the young while much in it stays, as when a price book is read. There it stays when it is
 * dead; and it holds every buffer that was read after it, until the old generation is collected. So
 * from then on the body of every call would get old: two MiB of each seven that are allocated, and
 * several long collections a second while a scheduler asks about 5,000 nodes. A new connection
 * begins a new list.
 */
final class FreshConnections implements Filter {
  /** What is promoted at once is less; a price book is five times as much. */
  private static final long GROWN = 4L << 20;

  private final LongSupplier collections;
  private final LongSupplier used;

  /** How it was at a connection's first call. Each has a thread of its own. */
  private final ThreadLocal<Old> before;

  /** The old generation. */
  private record Old(long collections, long used) {}

  /**
   * Watches over the connections of one listener.
   *
   * @param collections how many collections of the old generation there were
   * @param used how many bytes there are in it, alive or not
   */
  FreshConnections(LongSupplier collections, LongSupplier used) {
    this.collections = collections;
    this.used = used;
    this.before = ThreadLocal.withInitial(() -> new Old(collections.getAsLong(), used.getAsLong()));
  }

  @Override
  public void filter(FilterChain chain, RoutingRequest request, RoutingResponse response) {
    Old old = before.get();
    if (old.collections() != collections.getAsLong() || used.getAsLong() > old.used() + GROWN) {
      response.header(HeaderValues.CONNECTION_CLOSE);
    }
    chain.proceed();
  }
}
