package dev.windfall.policies;

import java.io.Reader;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.composer.Composer;
import org.snakeyaml.engine.v2.events.DocumentEndEvent;
import org.snakeyaml.engine.v2.events.DocumentStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.parser.Parser;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/**
 * Reads a document that is one list of mappings, {@code offers: [...]}, one entry at a time: the
 * tree of a large one takes thirty times the memory of its text, of which no more is held either
 * than is being looked at.
 *
 * <p>A document of any other form is left to whoever reads it whole, and says what is wrong with
 * it.
 */
final class Entries {
  private final LoadSettings settings;
  private final ParserImpl events;

  private Entries(LoadSettings settings, Reader text) {
    this.settings = settings;
    this.events = new ParserImpl(settings, new StreamReader(settings, text));
  }

  /**
   * Hands on each entry of the list under {@code key}, in order.
   *
   * @return whether the document was of that form; what was handed on before counts only then
   */
  static boolean each(
      LoadSettings settings, Reader text, String key, Consumer<MappingNode> consumer) {
    return new Entries(settings, text).each(key, consumer);
  }

  private boolean each(String key, Consumer<MappingNode> consumer) {
    if (!take(Event.ID.StreamStart)
        || !take(Event.ID.DocumentStart)
        || !take(Event.ID.MappingStart)
        || !(events.peekEvent() instanceof ScalarEvent name && name.getValue().equals(key))
        || !take(Event.ID.Scalar)
        || !take(Event.ID.SequenceStart)) {
      return false;
    }
    while (events.checkEvent(Event.ID.MappingStart)) {
      Optional<MappingNode> entry = entry();
      if (entry.isEmpty()) {
        return false;
      }
      consumer.accept(entry.get());
    }
    return take(Event.ID.SequenceEnd)
        && take(Event.ID.MappingEnd)
        && take(Event.ID.DocumentEnd)
        && take(Event.ID.StreamEnd);
  }

  private boolean take(Event.ID id) {
    boolean there = events.checkEvent(id);
    if (there) {
      events.next();
    }
    return there;
  }

  /** The next one; empty when it refers to another. */
  private Optional<MappingNode> entry() {
    Deque<Event> own = new ArrayDeque<>();
    own.add(new DocumentStartEvent(false, Optional.empty(), Map.of()));
    int depth = 0;
    Event event;
    do {
      event = events.next();
      if (event.getEventId() == Event.ID.Alias) {
        return Optional.empty();
      }
      own.add(event);
      depth +=
          switch (event.getEventId()) {
            case MappingStart, SequenceStart -> 1;
            case MappingEnd, SequenceEnd -> -1;
            default -> 0;
          };
    } while (depth > 0);
    own.add(new DocumentEndEvent(false));
    return new Composer(settings, new Replay(own)).next() instanceof MappingNode mapping
        ? Optional.of(mapping)
        : Optional.empty();
  }

  /** Events that were read before. */
  private record Replay(Deque<Event> events) implements Parser {
    @Override
    public boolean checkEvent(Event.ID choice) {
      return !events.isEmpty() && events.getFirst().getEventId() == choice;
    }

    @Override
    public Event peekEvent() {
      return events.getFirst();
    }

    @Override
    public Event next() {
      return events.removeFirst();
    }

    @Override
    public boolean hasNext() {
      return !events.isEmpty();
    }
  }
}
