package dev.windfall.webhook;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Whom the API server trusts when it calls the webhook: certificate authorities, each once, in the
 * order in which they were added.
 */
record CaBundle(List<X509Certificate> authorities) {
  private static final int FINGERPRINT_BYTES = 8;

  /** Nobody. */
  static final CaBundle NONE = new CaBundle(List.of());

  CaBundle {
    authorities = List.copyOf(new LinkedHashSet<>(authorities));
  }

  /**
   * What a {@code clientConfig.caBundle} says. One that cannot be read trusts nobody, as the API
   * server sees it.
   *
   * @param base64 of PEM
   */
  static CaBundle read(String base64) {
    try {
      byte[] pem = Base64.getMimeDecoder().decode(base64);
      return new CaBundle(Pem.certificates(new String(pem, StandardCharsets.US_ASCII)));
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      return NONE;
    }
  }

  boolean containsAll(Collection<X509Certificate> all) {
    return authorities.containsAll(all);
  }

  /** This bundle, and those of {@code more} that are not in it. */
  CaBundle plus(Collection<X509Certificate> more) {
    Set<X509Certificate> all = new LinkedHashSet<>(authorities);
    all.addAll(more);
    return new CaBundle(List.copyOf(all));
  }

  /** As {@code clientConfig.caBundle} has it. */
  String base64() {
    String pem = authorities.stream().map(Pem::of).collect(Collectors.joining());
    return Base64.getEncoder().encodeToString(pem.getBytes(StandardCharsets.US_ASCII));
  }

  /** What tells its certificates apart. */
  @Override
  public String toString() {
    return authorities.stream().map(CaBundle::serial).collect(Collectors.joining(", "));
  }

  /**
   * What tells a certificate from every other: its number, and the beginning of its SHA-256
   * fingerprint, since authorities of others may number as they like.
   */
  static String serial(X509Certificate certificate) {
    try {
      byte[] print = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
      return certificate.getSerialNumber().toString(16)
          + "-"
          + HexFormat.of().formatHex(print, 0, FINGERPRINT_BYTES);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has SHA-256, and what was read can be written", e);
    }
  }
}
