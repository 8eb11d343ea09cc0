package dev.windfall.webhook;

import dev.windfall.cluster.ClusterException;
import dev.windfall.webhook.Rotation.Asked;
import dev.windfall.webhook.Rotation.Kept;
import dev.windfall.webhook.Rotation.Spoilt;
import dev.windfall.webhook.Rotation.State;
import dev.windfall.webhook.Rotation.Step;
import java.lang.System.Logger.Level;
import java.time.Instant;
import java.util.List;

/** An authority of Windfall's own: what is kept, made when there is none, and rotated. */
final class OwnSource implements CertificateLoop.Source {
  private static final System.Logger LOG = System.getLogger(OwnSource.class.getName());

  /** A Secret that is there and gone again, each time, is somebody else's doing. */
  private static final int ATTEMPTS = 3;

  private final KeptAuthority kept;
  private final List<String> names;

  OwnSource(KeptAuthority kept, List<String> names) {
    this.kept = kept;
    this.names = names;
  }

  @Override
  public State read(Instant now) {
    return kept.read(now);
  }

  /** Makes one where there is none. */
  @Override
  public State first(Instant now) {
    State state = kept.read(now);
    for (int attempt = 1; !(state instanceof Kept); attempt++) {
      try {
        restore(state, Asked.NO, now);
      } catch (ClusterException e) {
        // Another replica was first, or the answer was lost: either way what is kept there counts.
        boolean maybeThere = e.isConflict() || e.status() == 0;
        if (!maybeThere || attempt == ATTEMPTS) {
          throw e;
        }
      }
      state = kept.read(now);
    }
    return state;
  }

  @Override
  public Serving serving(State state, Instant now) {
    return switch (state) {
      case Kept sound -> Serving.signed(sound.authority(), names, now);
      default -> throw new IllegalStateException("there is nothing to sign with: " + state);
    };
  }

  @Override
  public boolean take(Step step, Instant now) {
    switch (step) {
      case Rotation.Restore restore -> restore(restore.from(), Asked.ENDING, now);
      case Rotation.Introduce introduce -> {
        Identity next = Issuer.authority(now);
        kept.introduce(introduce.from(), next);
        LOG.log(
            Level.INFO,
            "the authority of the webhook''s certificates, {0}, ends at {1} and is replaced, since"
                + " {2}; the next one is {3}",
            introduce.from().authority(),
            introduce.from().authority().end(),
            introduce.reason(),
            next);
      }
      case Rotation.Promote promote -> {
        kept.replace(promote.from().resourceVersion(), promote.next(), Asked.ENDING);
        LOG.log(Level.INFO, "webhook certificates are signed by {0} from now on", promote.next());
      }
      case Rotation.End end -> {
        kept.end(end.from());
        LOG.log(
            Level.INFO,
            "every webhook certificate is signed by {0}, until {1}; the rotation has ended",
            end.from().authority(),
            Rotation.due(end.from().authority()));
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  /**
   * Keeps the next authority where there is one, or else a new one. Not the one that this replica
   * knows: that would take over at once wherever it is still trusted, and another replica may be
   * about to end just that.
   */
  private void restore(State state, Asked asked, Instant now) {
    switch (state) {
      case Spoilt spoilt -> {
        Identity authority = spoilt.next().orElseGet(() -> Issuer.authority(now));
        kept.replace(spoilt.resourceVersion(), authority, asked);
        LOG.log(
            Level.WARNING,
            "the authority of the webhook''s certificates in secret {0} could not be used: {1};"
                + " {2} is there instead",
            kept.key(),
            spoilt.reason(),
            authority);
      }
      default -> {
        Identity authority = Issuer.authority(now);
        kept.create(authority, asked);
        LOG.log(
            Level.INFO,
            "made an authority for the webhook''s certificates, {0}, and kept it in secret {1}",
            authority,
            kept.key());
      }
    }
  }
}
