package dev.windfall.webhook;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.ClusterException;
import dev.windfall.cluster.Key;
import dev.windfall.cluster.KubeClient;
import dev.windfall.cluster.Resource;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;

/**
 * Proves to the API server that the webhook is Windfall's.
 *
 * <p>One authority is shared by all replicas and outlives them, in a Secret that the first of them
 * creates. Each replica signs a certificate for itself, which it keeps in memory. So all replicas
 * can be asked with one {@code caBundle}, and a restart changes nothing in the cluster.
 *
 * <p>It needs to {@code get} and {@code create} Secrets in Windfall's own namespace, and nothing
 * else; so it replaces no Secret, not even one that has expired.
 */
public final class Authority {
  /** The Secret in which the authority is kept. */
  public static final String SECRET = "windfall-webhook-ca";

  private static final System.Logger LOG = System.getLogger(Authority.class.getName());
  private static final String CERTIFICATE_FIELD = "tls.crt";
  private static final String KEY_FIELD = "tls.key";

  /** A server's certificate is replaced when this much of its life is left. */
  private static final Duration RENEW_BEFORE = Issuer.SERVER_LIFE.dividedBy(3);

  /** From here on servers' certificates would be cut short by the authority's own end. */
  private static final Duration WARN_BEFORE = Issuer.SERVER_LIFE;

  /** A Secret that is there and gone again, each time, is somebody else's doing. */
  private static final int ATTEMPTS = 3;

  private final Identity authority;
  private final List<String> names;
  private final ServedIdentity served;
  private final SSLContext context;

  private Authority(Identity authority, List<String> names, Instant now) {
    this.authority = authority;
    this.names = names;
    this.served = new ServedIdentity(Issuer.server(authority, names, now));
    this.context = context(served);
  }

  /**
   * Opens the authority that is kept in {@code namespace}, or makes one.
   *
   * @param endpoint what the certificates are for
   * @throws AuthorityException when what is kept there cannot be used
   * @throws ClusterException when the Secret can be neither read nor created
   */
  public static Authority open(
      KubeClient client, String namespace, Endpoint endpoint, Instant now) {
    Key key = new Key(namespace, SECRET);
    Identity authority = readOrCreate(client, key, now);
    Authority opened = new Authority(authority, endpoint.names(), now);
    opened.warnOfTheEnd(now);
    return opened;
  }

  /** For servers; follows every renewal. */
  public SSLContext sslContext() {
    return context;
  }

  /** Whom clients have to trust, as PEM. */
  public String caBundlePem() {
    return Pem.of(authority.certificate());
  }

  /** Whom clients have to trust, as {@code clientConfig.caBundle} has it. */
  public String caBundle() {
    return base64(caBundlePem());
  }

  /** When the certificate that is served ends, unless it is renewed before. */
  public Instant notAfter() {
    return served.identity().certificate().getNotAfter().toInstant();
  }

  /**
   * Replaces the served certificate when a third of its life is left; connections stay. To be
   * called about once an hour, by one thread.
   *
   * @return whether it was replaced
   */
  public boolean renewIfDue(Instant now) {
    Instant authorityEnd = authority.certificate().getNotAfter().toInstant();
    boolean due = !now.isBefore(notAfter().minus(RENEW_BEFORE));
    if (!due || !notAfter().isBefore(authorityEnd)) {
      // Nothing that is signed now would last longer.
      return false;
    }
    served.replace(Issuer.server(authority, names, now));
    LOG.log(Level.INFO, "webhook certificate renewed, valid until " + notAfter());
    warnOfTheEnd(now);
    return true;
  }

  private void warnOfTheEnd(Instant now) {
    Instant end = authority.certificate().getNotAfter().toInstant();
    if (!now.isBefore(end.minus(WARN_BEFORE))) {
      LOG.log(
          Level.WARNING,
          "the certificate authority of the webhook ends at {0}; delete the secret {1} and restart"
              + " every replica before that",
          end,
          SECRET);
    }
  }

  private static Identity readOrCreate(KubeClient client, Key key, Instant now) {
    for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
      Optional<ObjectNode> kept = client.get(Resource.SECRETS, key);
      if (kept.isPresent()) {
        return read(key, kept.get(), now);
      }
      Identity made = Issuer.authority(now);
      try {
        client.create(Resource.SECRETS, key.namespace(), secret(key, made));
        LOG.log(Level.INFO, "made a certificate authority and kept it in secret {0}", key);
        return made;
      } catch (ClusterException e) {
        // Another replica was first, or the answer was lost: either way what is kept there counts.
        boolean maybeThere = e.isAlreadyExists() || e.status() == 0;
        if (!maybeThere || attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
    throw new IllegalStateException("the last attempt returns or throws");
  }

  static ObjectNode secret(Key key, Identity authority) {
    ObjectNode secret =
        Json.object()
            .put("apiVersion", "v1")
            .put("kind", "Secret")
            .put("type", "kubernetes.io/tls");
    secret
        .putObject("metadata")
        .put("namespace", key.namespace())
        .put("name", key.name())
        .putObject("labels")
        .put("app.kubernetes.io/name", "windfall")
        .put("app.kubernetes.io/managed-by", "windfall");
    secret
        .putObject("data")
        .put(CERTIFICATE_FIELD, base64(Pem.of(authority.certificate())))
        .put(KEY_FIELD, base64(Pem.of(authority.key())));
    return secret;
  }

  static Identity read(Key key, ObjectNode secret, Instant now) {
    Identity authority;
    try {
      authority =
          new Identity(
              Pem.certificate(field(secret, CERTIFICATE_FIELD)), Pem.key(field(secret, KEY_FIELD)));
      if (authority.certificate().getBasicConstraints() < 0) {
        throw new GeneralSecurityException("its certificate may not sign others");
      }
      if (!Issuer.belongTogether(authority)) {
        throw new GeneralSecurityException("its key is not the certificate's");
      }
    } catch (GeneralSecurityException e) {
      throw unusable(key, String.valueOf(e.getMessage()), e);
    }
    Instant begin = authority.certificate().getNotBefore().toInstant();
    if (now.isBefore(begin.minus(Issuer.CLOCK_SKEW))) {
      throw unusable(key, "it is valid from " + begin + " only, and it is " + now + " now", null);
    }
    Instant end = authority.certificate().getNotAfter().toInstant();
    if (!now.isBefore(end)) {
      throw unusable(key, "it ended at " + end, null);
    }
    return authority;
  }

  private static AuthorityException unusable(
      Key key, String reason, @org.jspecify.annotations.Nullable Throwable cause) {
    return new AuthorityException(
        "reading the certificate authority in secret %s: %s; delete the secret and restart every replica"
            .formatted(key, reason),
        cause);
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

  private static SSLContext context(ServedIdentity served) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(new KeyManager[] {served}, new TrustManager[0], null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has TLS", e);
    }
  }
}
