package dev.windfall.webhook;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.Key;
import dev.windfall.cluster.KubeClient;
import dev.windfall.cluster.Resource;
import dev.windfall.webhook.Rotation.Asked;
import dev.windfall.webhook.Rotation.Kept;
import dev.windfall.webhook.Rotation.Missing;
import dev.windfall.webhook.Rotation.Spoilt;
import dev.windfall.webhook.Rotation.State;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;

/**
 * The authority of Windfall's own in its Secret, and beside it the one that takes over next.
 *
 * <p>Every write but a creation carries the version it was decided on, and loses if that has moved.
 */
record KeptAuthority(KubeClient client, Key key) {
  /** The Secret in Windfall's namespace. */
  static final String SECRET = "windfall-webhook-ca";

  /** Set to anything by whoever wants a rotation; gone when it has ended. */
  static final String ROTATE = "windfall.dev/rotate";

  /** RFC 5280, 4.2.1.3. */
  private static final int KEY_CERT_SIGN = 5;

  private static final String ENDING = "ending";
  private static final String CERTIFICATE = "tls.crt";
  private static final String PRIVATE = "tls.key";
  private static final String NEXT_CERTIFICATE = "next.crt";
  private static final String NEXT_PRIVATE = "next.key";

  /** What is kept, by a consistent read. */
  State read(Instant now) {
    return client.get(Resource.SECRETS, key).map(secret -> read(secret, now)).orElse(new Missing());
  }

  static State read(ObjectNode secret, Instant now) {
    String version = secret.at("/metadata/resourceVersion").asText();
    Optional<Identity> next;
    try {
      next = Optional.of(identity(secret, NEXT_CERTIFICATE, NEXT_PRIVATE, now));
    } catch (GeneralSecurityException e) {
      // None, or none that could take over: then the next one is made when it is due.
      next = Optional.empty();
    }
    try {
      Identity authority = identity(secret, CERTIFICATE, PRIVATE, now);
      return new Kept(version, authority, next, asked(secret));
    } catch (GeneralSecurityException e) {
      return new Spoilt(version, String.valueOf(e.getMessage()), next);
    }
  }

  private static Asked asked(ObjectNode secret) {
    return switch (secret.path("metadata").path("annotations").path(ROTATE).asText("")) {
      case "" -> Asked.NO;
      case ENDING -> Asked.ENDING;
      default -> Asked.YES;
    };
  }

  /** Keeps a new authority where there is none. */
  void create(Identity authority, Asked asked) {
    ObjectNode secret =
        Json.object()
            .put("apiVersion", "v1")
            .put("kind", "Secret")
            .put("type", "kubernetes.io/tls");
    ObjectNode metadata =
        secret.putObject("metadata").put("namespace", key.namespace()).put("name", key.name());
    metadata
        .putObject("labels")
        .put("app.kubernetes.io/name", "windfall")
        .put("app.kubernetes.io/managed-by", "windfall");
    if (asked != Asked.NO) {
      annotate(secret, asked);
    }
    keep(secret.putObject("data"), CERTIFICATE, PRIVATE, authority);
    client.create(Resource.SECRETS, key.namespace(), secret);
  }

  /** Keeps an authority in the place of whatever is kept. */
  void replace(String resourceVersion, Identity authority, Asked asked) {
    ObjectNode patch = patch(resourceVersion);
    annotate(patch, asked);
    keep(patch.putObject("data"), CERTIFICATE, PRIVATE, authority)
        .putNull(NEXT_CERTIFICATE)
        .putNull(NEXT_PRIVATE);
    client.mergePatch(Resource.SECRETS, key, patch);
  }

  void introduce(Kept from, Identity next) {
    ObjectNode patch = patch(from.resourceVersion());
    keep(patch.putObject("data"), NEXT_CERTIFICATE, NEXT_PRIVATE, next);
    client.mergePatch(Resource.SECRETS, key, patch);
  }

  void end(Kept from) {
    ObjectNode patch = patch(from.resourceVersion());
    annotate(patch, Asked.NO);
    client.mergePatch(Resource.SECRETS, key, patch);
  }

  private static ObjectNode patch(String resourceVersion) {
    ObjectNode patch = Json.object();
    patch.putObject("metadata").put("resourceVersion", resourceVersion);
    return patch;
  }

  private static void annotate(ObjectNode secret, Asked asked) {
    ObjectNode annotations = secret.withObjectProperty("metadata").putObject("annotations");
    switch (asked) {
      case NO -> annotations.putNull(ROTATE);
      case YES -> annotations.put(ROTATE, "now");
      case ENDING -> annotations.put(ROTATE, ENDING);
    }
  }

  private static ObjectNode keep(
      ObjectNode data, String certificate, String privateKey, Identity authority) {
    return data.put(certificate, base64(Pem.of(authority.certificate())))
        .put(privateKey, base64(Pem.of(authority.key())));
  }

  private static Identity identity(
      ObjectNode secret, String certificate, String privateKey, Instant now)
      throws GeneralSecurityException {
    Identity authority =
        new Identity(
            Pem.certificates(field(secret, certificate)).getFirst(),
            Pem.key(field(secret, privateKey)));
    if (authority.certificate().getBasicConstraints() < 0) {
      throw new GeneralSecurityException("its certificate may not sign others");
    }
    boolean[] usage = authority.certificate().getKeyUsage();
    if (usage != null && !usage[KEY_CERT_SIGN]) {
      throw new GeneralSecurityException("its key usage does not allow to sign certificates");
    }
    if (!authority.key().getAlgorithm().equals("EC")) {
      throw new GeneralSecurityException(
          "its key is of type " + authority.key().getAlgorithm() + "; Windfall signs with EC keys");
    }
    if (!Issuer.belongTogether(authority)) {
      throw new GeneralSecurityException("its key is not the certificate's");
    }
    if (now.isBefore(authority.begin().minus(Issuer.CLOCK_SKEW))) {
      throw new GeneralSecurityException(
          "it is valid from " + authority.begin() + " only, and it is " + now + " now");
    }
    if (!now.isBefore(authority.end())) {
      throw new GeneralSecurityException("it ended at " + authority.end());
    }
    return authority;
  }

  private static String field(ObjectNode secret, String name) throws GeneralSecurityException {
    String encoded = secret.path("data").path(name).asText("");
    if (encoded.isEmpty()) {
      throw new GeneralSecurityException("data." + name + " is missing");
    }
    try {
      return new String(Base64.getDecoder().decode(encoded), StandardCharsets.US_ASCII);
    } catch (IllegalArgumentException e) {
      // Without its cause, whose message repeats a part of what may be a key.
      throw new GeneralSecurityException("data." + name + " is not base64");
    }
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.US_ASCII));
  }
}
