package dev.windfall.cluster;

import java.util.Map;
import java.util.Optional;

/** What is made of the objects that a watch tells of. Told by the watch thread only. */
interface Kept<T> {
  /** The API server sent something. */
  void hear();

  /** An object is as it is, or gone; not published yet. */
  void change(Key key, Optional<T> kept);

  /** Publishes a complete state in place of all that was. */
  void replace(Map<Key, Optional<T>> whole);

  /** Publishes the changes so far, if there are any. */
  void publish();

  /** How many objects are held. */
  int size();
}
