package dev.windfall.kind.local;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.helidon.webserver.CloseConnectionException;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;

/**
 * One watch: the state when it asks for it, then history as it happens, until its time is over or
 * it is cut.
 */
final class WatchStream {
  private static final Duration BOOKMARK_EVERY = Duration.ofMinutes(1);
  private static final String INITIAL_EVENTS_END = "k8s.io/initial-events-end";

  /**
   * What the client asked for.
   *
   * @param from resource version; negative: begin with the state
   * @param initialEnd whether a bookmark tells the end of the state
   * @param table what goes with each row; empty: objects are told as they are
   */
  record Wish(
      Kind kind,
      String namespace,
      Selector selector,
      long from,
      boolean bookmarks,
      boolean initialEnd,
      Optional<Tables.Include> table,
      Duration timeout) {}

  private final ObjectMapper mapper;
  private final Kinds kinds;
  private final Store store;
  private final Tables tables;
  private final Wish wish;
  private final Optional<Fault> fault;
  private final OutputStream out;
  private int written;
  private boolean headed;
  private boolean skips;

  WatchStream(
      ObjectMapper mapper,
      Kinds kinds,
      Store store,
      Tables tables,
      Wish wish,
      Optional<Fault> fault,
      OutputStream out) {
    this.mapper = mapper;
    this.kinds = kinds;
    this.store = store;
    this.tables = tables;
    this.wish = wish;
    this.fault = fault;
    this.out = out;
    this.skips = fault.orElse(null) instanceof Fault.SkippedBookmark;
  }

  /** Serves the watch to its end. */
  void run(Cuts cuts) throws IOException, InterruptedException {
    // The client learns at once that it is being served: Helidon sends no headers before the first
    // byte, and white space between JSON values means nothing.
    out.write('\n');
    out.flush();
    int cut = cuts.count();
    int signals = store.history().signals();
    long version = wish.from();
    if (fault.orElse(null) instanceof Fault.Expired) {
      expired("too old resource version, by a fault put here by the test");
      return;
    }
    try {
      if (version < 0) {
        version = initial();
        out.flush();
      }
      long end = System.nanoTime() + wish.timeout().toNanos();
      while (!ended()) {
        long wait = Math.min(end - System.nanoTime(), BOOKMARK_EVERY.toNanos());
        if (wait <= 0) {
          return;
        }
        // Asked before the news, so that the last changes of a kind that goes are told.
        boolean served = kinds.serves(wish.kind());
        History.News news = store.history().await(wish.kind(), version, signals, served ? wait : 0);
        for (History.Change change : news.changes()) {
          tell(change);
        }
        version = news.version();
        if (cuts.count() != cut) {
          out.flush();
          throw new CloseConnectionException("cutting the watch, as the test asks");
        }
        if (news.closed() || !served) {
          return;
        }
        if (wish.bookmarks() && news.changes().isEmpty()) {
          bookmark(version, false);
        }
        // What happened together goes together, as on a real one.
        out.flush();
        signals = news.signals();
      }
    } catch (Refusal e) {
      expired(e.body().path("message").asText());
    }
  }

  /** How often all watches were cut. */
  interface Cuts {
    int count();
  }

  private boolean ended() {
    return fault.orElse(null) instanceof Fault.End end && written >= end.afterEvents();
  }

  private long initial() throws IOException {
    Store.State state = store.state(wish.kind(), wish.namespace());
    for (ObjectNode object : state.objects()) {
      if (wish.selector().matches(object)) {
        event("ADDED", object);
      }
    }
    if (wish.initialEnd()) {
      bookmark(state.version(), true);
    }
    return state.version();
  }

  /**
   * An object that comes to match, or no longer matches, is added or deleted as far as this watch
   * is concerned.
   */
  private void tell(History.Change change) throws IOException {
    if (!wish.namespace().isEmpty()
        && !change.object().path("metadata").path("namespace").asText().equals(wish.namespace())) {
      return;
    }
    ObjectNode object = Versions.as(wish.kind(), change.object());
    boolean is = change.event() != History.Event.DELETED && wish.selector().matches(object);
    boolean was =
        change.before() != null
            && wish.selector().matches(Versions.as(wish.kind(), change.before()));
    if (is) {
      event(was ? "MODIFIED" : "ADDED", object);
    } else if (was) {
      event("DELETED", object);
    }
  }

  private void bookmark(long version, boolean initialEnd) throws IOException {
    if (skips) {
      skips = false;
      return;
    }
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    object.put("kind", wish.kind().kind()).put("apiVersion", wish.kind().apiVersion());
    ObjectNode metadata =
        object.putObject("metadata").put("resourceVersion", Long.toString(version));
    metadata.putNull("creationTimestamp");
    if (initialEnd) {
      metadata.putObject("annotations").put(INITIAL_EVENTS_END, "true");
    }
    write("BOOKMARK", wish.table().isPresent() ? Tables.bookmark(object) : object);
  }

  private void expired(String message) throws IOException {
    write("ERROR", Refusal.expired(message).body());
  }

  private void event(String type, ObjectNode object) throws IOException {
    if (wish.table().isEmpty()) {
      write(type, object);
      return;
    }
    write(type, tables.event(wish.kind(), object, wish.table().get(), !headed));
    headed = true;
  }

  private void write(String type, ObjectNode object) throws IOException {
    if (ended()) {
      return;
    }
    ObjectNode event = JsonNodeFactory.instance.objectNode().put("type", type);
    event.set("object", object);
    byte[] line = mapper.writeValueAsBytes(event);
    if (fault.orElse(null) instanceof Fault.Cut cut && written >= cut.afterEvents()) {
      out.write(Arrays.copyOf(line, line.length / 2));
      out.flush();
      throw new CloseConnectionException(
          "cutting the watch in the middle of an event, as the test asks");
    }
    out.write(line);
    out.write('\n');
    written++;
  }
}
