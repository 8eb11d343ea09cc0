package dev.windfall.webhook;

import static dev.windfall.webhook.Markets.NOW;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.windfall.webhook.Rotation.Asked;
import dev.windfall.webhook.Rotation.Kept;
import dev.windfall.webhook.Rotation.Missing;
import dev.windfall.webhook.Rotation.Mounted;
import dev.windfall.webhook.Rotation.Spoilt;
import dev.windfall.webhook.Rotation.State;
import dev.windfall.webhook.Rotation.Step;
import dev.windfall.webhook.Rotation.View;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The table of {@link Rotation}, row by row. */
class RotationPlanTest {
  private static final Identity A = Issuer.authority(NOW);
  private static final Identity B = Issuer.authority(NOW);
  private static final Identity STRANGER = Issuer.authority(NOW);
  private static final Set<X509Certificate> NOBODY = Set.of();

  private static Kept kept(Identity authority) {
    return new Kept("1", authority, Optional.empty(), Asked.NO);
  }

  private static Kept asked(Kept kept, Asked asked) {
    return new Kept(kept.resourceVersion(), kept.authority(), kept.next(), asked);
  }

  private static final Kept A_THEN_B = new Kept("1", A, Optional.of(B), Asked.NO);
  private static final Kept B_ENDING = asked(kept(B), Asked.ENDING);

  private static CaBundle bundle(Identity... authorities) {
    return new CaBundle(Arrays.stream(authorities).map(Identity::certificate).toList());
  }

  /** All replicas serve the same. */
  private static View view(State state, CaBundle bundle, Identity serving) {
    return view(state, bundle, serving, NOBODY, false);
  }

  private static View view(
      State state,
      CaBundle bundle,
      Identity serving,
      Set<X509Certificate> settled,
      boolean agreed) {
    return new View(
        state,
        Optional.of(bundle),
        Optional.of(serving.certificate()),
        Map.of("this replica", serving.serial(), "other", serving.serial()),
        settled,
        agreed);
  }

  private static Step plan(View view) {
    return Rotation.plan(view, NOW);
  }

  @Test
  void whereEverythingIsAsItShouldBeNothingIsDone() {
    assertEquals(new Rotation.Rest(), plan(view(kept(A), bundle(A), A)));
  }

  @Test
  void theNextAuthorityIsMadeWhenAThirdOfTheLifeIsLeft() {
    View view = view(kept(A), bundle(A), A);
    Duration life = Duration.between(A.begin(), A.end());
    Instant due = A.end().minus(life.dividedBy(3));

    assertEquals(new Rotation.Rest(), Rotation.plan(view, due.minusSeconds(1)));
    assertEquals(
        new Rotation.Introduce(kept(A), "a third of its life is left"), Rotation.plan(view, due));
  }

  @Test
  void theNextAuthorityIsMadeWhenSomebodyAsks() {
    Kept asked = asked(kept(A), Asked.YES);

    assertEquals(
        new Rotation.Introduce(asked, "somebody asked for it"), plan(view(asked, bundle(A), A)));
  }

  @Test
  void theNextAuthorityIsTrustedBesideTheCurrentOne() {
    assertEquals(new Rotation.Trust(bundle(A, B)), plan(view(A_THEN_B, bundle(A), A)));
  }

  @Test
  void theNextAuthorityWaitsUntilEveryApiServerHasHeard() {
    assertInstanceOf(Rotation.Wait.class, plan(view(A_THEN_B, bundle(A, B), A)));
  }

  @Test
  void theNextAuthorityTakesOverWhenEveryApiServerHasHeard() {
    View settled = view(A_THEN_B, bundle(A, B), A, Set.of(B.certificate()), true);

    assertEquals(new Rotation.Promote(A_THEN_B, B), plan(settled));
  }

  @Test
  void theLastAuthorityIsTrustedWhileAReplicaServesIt() {
    View one =
        new View(
            B_ENDING,
            Optional.of(bundle(A, B)),
            Optional.of(B.certificate()),
            Map.of("this replica", B.serial(), "late", A.serial()),
            Set.of(B.certificate()),
            true);

    assertEquals(new Rotation.Wait("until the new certificates are served by late"), plan(one));
  }

  @Test
  void theLastAuthorityIsTrustedWhileAReplicaHasNotSaidWhatItServes() {
    View one =
        new View(
            B_ENDING,
            Optional.of(bundle(A, B)),
            Optional.of(B.certificate()),
            Map.of("this replica", B.serial(), "starting", ""),
            Set.of(B.certificate()),
            true);

    assertEquals(new Rotation.Wait("until the new certificates are served by starting"), plan(one));
  }

  @Test
  void theLastAuthorityIsTrustedForAWhileAfterEverybodyHasChanged() {
    assertInstanceOf(Rotation.Wait.class, plan(view(B_ENDING, bundle(A, B), B)));
    assertEquals(
        new Rotation.Prune(bundle(B)), plan(view(B_ENDING, bundle(A, B), B, NOBODY, true)));
  }

  @Test
  void whoAskedIsToldWhenTheLastAuthorityIsTrustedNoMore() {
    assertEquals(new Rotation.End(B_ENDING), plan(view(B_ENDING, bundle(B), B, NOBODY, true)));
  }

  @Test
  void anotherRotationWaitsForTheEndOfTheOneBefore() {
    Kept again = asked(kept(B), Asked.YES);

    assertInstanceOf(Rotation.Wait.class, plan(view(again, bundle(A, B), B)));
  }

  @Test
  void whatThisReplicaServesIsTrustedWhateverTheSecretSays() {
    assertEquals(new Rotation.Trust(bundle(B, A)), plan(view(kept(B), bundle(B), A)));
    assertEquals(
        new Rotation.Trust(bundle(STRANGER, A)), plan(view(kept(STRANGER), CaBundle.NONE, A)));
  }

  @Test
  void whatIsGoneOrSpoiltIsRestored() {
    State missing = new Missing();
    State spoilt = new Spoilt("7", "it ended", Optional.empty());

    assertEquals(new Rotation.Restore(missing), plan(view(missing, bundle(A), A)));
    assertEquals(new Rotation.Restore(spoilt), plan(view(spoilt, bundle(A), A)));
  }

  @Test
  void whereNobodyCallsARotationGoesItsWayAllTheSame() {
    View unregistered =
        new View(
            A_THEN_B,
            Optional.empty(),
            Optional.of(A.certificate()),
            Map.of("this replica", A.serial()),
            Set.of(B.certificate()),
            false);

    assertEquals(new Rotation.Promote(A_THEN_B, B), plan(unregistered));
    assertTrue(Rotation.mayServe(unregistered));
  }

  @Test
  void aCertificateOfTheNewAuthorityIsServedOnceEveryApiServerHasHeardOfIt() {
    assertFalse(Rotation.mayServe(view(B_ENDING, bundle(A, B), A)));
    assertTrue(Rotation.mayServe(view(B_ENDING, bundle(A, B), A, Set.of(B.certificate()), false)));
  }

  @Test
  void whoServesNothingThatIsGoodNeedsNotWait() {
    View ended =
        new View(B_ENDING, Optional.of(bundle(A)), Optional.empty(), Map.of(), NOBODY, false);

    assertTrue(Rotation.mayServe(ended));
  }

  /** It had been away for a whole rotation, and had the API servers trust the last one again. */
  @Test
  void whoServesWhatNobodyTrustsAnyMoreNeedsNotWait() {
    assertTrue(Rotation.mayServe(view(kept(B), bundle(B), A)));
    assertFalse(Rotation.mayServe(view(kept(B), CaBundle.NONE, A)));
  }

  @Test
  void ofAMountedCertificateTheBundleFollowsItsAuthorities() {
    State mounted = new Mounted(B, List.of(B.certificate()), Optional.of(B.certificate()));

    assertEquals(new Rotation.Trust(bundle(A, B)), plan(view(mounted, bundle(A), A)));
    assertEquals(new Rotation.Rest(), plan(view(mounted, bundle(A, B), A)));
    assertEquals(new Rotation.Prune(bundle(B)), plan(view(mounted, bundle(A, B), B, NOBODY, true)));
    assertEquals(new Rotation.Rest(), plan(view(mounted, bundle(B), B, NOBODY, true)));
  }

  @Test
  void ofAMountedCertificateWithoutAuthoritiesTheBundleIsSomebodyElses() {
    View view =
        new View(
            new Mounted(B, List.of(), Optional.empty()),
            Optional.of(bundle(A)),
            Optional.empty(),
            Map.of(),
            NOBODY,
            true);

    assertEquals(new Rotation.Rest(), plan(view));
    assertTrue(Rotation.mayServe(view));
  }
}
