package dev.windfall.webhook;

import dev.windfall.webhook.Rotation.Mounted;
import dev.windfall.webhook.Rotation.State;
import dev.windfall.webhook.Rotation.Step;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/** A certificate in a directory; the last good one stays while what is there is none. */
final class MountedSource implements CertificateLoop.Source {
  private static final System.Logger LOG = System.getLogger(MountedSource.class.getName());

  private final MountedAuthority directory;
  private final Runnable refused;
  private Optional<Mounted> last = Optional.empty();
  private String said = "";

  /**
   * A directory that was not looked at yet.
   *
   * @param refused told each time that what is there is no use
   */
  MountedSource(Path directory, Runnable refused) {
    this.directory = new MountedAuthority(directory);
    this.refused = refused;
  }

  /** Without a good one there is nothing to serve. */
  @Override
  public State first(Instant now) {
    return read(now);
  }

  @Override
  public State read(Instant now) {
    try {
      Mounted read = directory.read(now);
      said = "";
      last = Optional.of(read);
      return read;
    } catch (AuthorityException e) {
      Mounted good = last.orElseThrow(() -> e);
      refused.run();
      String why = String.valueOf(e.getMessage());
      if (!why.equals(said)) {
        LOG.log(
            Level.WARNING,
            "{0}; {1} stays in force, until {2}",
            why,
            good.pair(),
            good.pair().end());
        said = why;
      }
      return good;
    }
  }

  @Override
  public Serving serving(State state, Instant now) {
    return switch (state) {
      case Mounted mounted -> new Serving(mounted.pair(), mounted.current(), Optional.empty());
      default -> throw new IllegalStateException("a directory holds no " + state);
    };
  }

  /** Nothing is Windfall's to write. */
  @Override
  public boolean take(Step step, Instant now) {
    return false;
  }
}
