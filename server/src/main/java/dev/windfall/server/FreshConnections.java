package dev.windfall.server;

import io.helidon.http.HeaderValues;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import java.util.function.LongSupplier;

/**
 * Asks the caller to end a connection with the first answer after a collection of the old
 * generation.
 *
 * <p>Helidon keeps what it read from a connection as a list of buffers, and lets go of its
 * beginning only. A collection of the old generation moves the buffer in use there, where it stays
 * when it is dead; and it holds every buffer that was read after it, until the old generation is
 * collected once more. So from then on the body of every call would get old: two MiB of each seven
 * that are allocated, and several long collections a second while a scheduler asks about 5,000
 * nodes. A new connection begins a new list.
 */
final class FreshConnections implements Filter {
  private final LongSupplier collections;

  /** How many there had been at a connection's first call. Each has a thread of its own. */
  private final ThreadLocal<Long> before;

  /**
   * Watches over the connections of one listener.
   *
   * @param collections how many collections of the old generation there were
   */
  FreshConnections(LongSupplier collections) {
    this.collections = collections;
    this.before = ThreadLocal.withInitial(collections::getAsLong);
  }

  @Override
  public void filter(FilterChain chain, RoutingRequest request, RoutingResponse response) {
    if (before.get() != collections.getAsLong()) {
      response.header(HeaderValues.CONNECTION_CLOSE);
    }
    chain.proceed();
  }
}
