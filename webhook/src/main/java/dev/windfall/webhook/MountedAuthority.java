package dev.windfall.webhook;

import dev.windfall.webhook.Rotation.Mounted;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A certificate that somebody else puts into a directory, and renews: {@code tls.crt}, {@code
 * tls.key}, and {@code ca.crt} where the API server is to trust whom that names. As cert-manager
 * writes them, and as a mounted Secret shows them.
 *
 * <p>The files are read one after the other while somebody may be replacing them. So what does not
 * fit together is refused, and counts as not there yet.
 */
record MountedAuthority(Path directory) {
  private static final String CERTIFICATE = "tls.crt";
  private static final String PRIVATE = "tls.key";
  private static final String AUTHORITIES = "ca.crt";

  /**
   * What is there now.
   *
   * @throws AuthorityException when it cannot be served
   */
  Mounted read(Instant now) {
    String doing = "reading the certificate in " + directory + ": ";
    try {
      Identity pair = new Identity(certificates(CERTIFICATE), key());
      if (!Issuer.belongTogether(pair)) {
        throw new GeneralSecurityException(
            PRIVATE + " is not the key of the first certificate in " + CERTIFICATE);
      }
      if (!now.isBefore(pair.end())) {
        throw new GeneralSecurityException(CERTIFICATE + " ended at " + pair.end() + "; renew it");
      }
      if (!Files.exists(directory.resolve(AUTHORITIES))) {
        return new Mounted(pair, List.of(), Optional.empty());
      }
      List<X509Certificate> authorities = certificates(AUTHORITIES);
      return new Mounted(pair, authorities, Optional.of(voucher(pair, authorities, now)));
    } catch (NoSuchFileException e) {
      throw new AuthorityException(
          doing + "there is no " + directory.relativize(Path.of(e.getFile())), e);
    } catch (IOException | GeneralSecurityException e) {
      throw new AuthorityException(doing + e.getMessage(), e);
    }
  }

  private List<X509Certificate> certificates(String file)
      throws IOException, GeneralSecurityException {
    try {
      return Pem.certificates(text(file));
    } catch (GeneralSecurityException e) {
      throw new GeneralSecurityException(file + ": " + e.getMessage(), e);
    }
  }

  private java.security.PrivateKey key() throws IOException, GeneralSecurityException {
    try {
      return Pem.key(text(PRIVATE));
    } catch (GeneralSecurityException e) {
      throw new GeneralSecurityException(PRIVATE + ": " + e.getMessage(), e);
    }
  }

  private String text(String file) throws IOException {
    // Whatever the bytes are, they are a text then, and no error message repeats them.
    return new String(Files.readAllBytes(directory.resolve(file)), StandardCharsets.ISO_8859_1);
  }

  private static X509Certificate voucher(
      Identity pair, List<X509Certificate> authorities, Instant now)
      throws GeneralSecurityException {
    PKIXParameters parameters =
        new PKIXParameters(
            authorities.stream()
                .map(each -> new TrustAnchor(each, null))
                .collect(Collectors.toSet()));
    parameters.setRevocationEnabled(false);
    parameters.setDate(Date.from(now));
    // Some also put the authority itself at the chain's end, where it vouches for nobody.
    List<X509Certificate> chain = new ArrayList<>(pair.chain());
    chain.removeAll(authorities);
    if (chain.isEmpty()) {
      return pair.certificate();
    }
    try {
      var result =
          (java.security.cert.PKIXCertPathValidatorResult)
              CertPathValidator.getInstance("PKIX")
                  .validate(
                      CertificateFactory.getInstance("X.509").generateCertPath(chain), parameters);
      return result.getTrustAnchor().getTrustedCert();
    } catch (CertPathValidatorException e) {
      throw new GeneralSecurityException(
          "nobody in "
              + AUTHORITIES
              + " vouches for "
              + CERTIFICATE
              + " now: "
              + e.getMessage()
              + "; renew both",
          e);
    }
  }
}
