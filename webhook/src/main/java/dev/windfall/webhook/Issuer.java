package dev.windfall.webhook;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * Makes certificates: authorities that last, and servers' that do not. Elliptic curve P-256, each
 * valid from an hour ago, for clocks that are behind.
 */
final class Issuer {
  /**
   * A year, so that rotation happens two times in three years of every cluster's life, and is no
   * rare event that nobody has seen work. Whoever gets hold of the key has it for that long.
   */
  static final Duration AUTHORITY_LIFE = Duration.ofDays(365);

  /** They cost nothing and live in memory: short, but longer than an outage over a weekend. */
  static final Duration SERVER_LIFE = Duration.ofDays(14);

  static final Duration CLOCK_SKEW = Duration.ofHours(1);

  private static final String CURVE = "secp256r1";
  private static final String SIGNATURE = "SHA256withECDSA";
  private static final String RSA_SIGNATURE = "SHA256withRSA";
  private static final String AUTHORITY_NAME = "windfall-webhook-ca";

  /** Positive, and so at most 20 octets: RFC 5280, 4.1.2.2. */
  private static final int SERIAL_BITS = 159;

  private static final SecureRandom RANDOM = new SecureRandom();

  private Issuer() {}

  /** A new authority, which may sign servers' certificates and nothing else. */
  static Identity authority(Instant now) {
    try {
      KeyPair keys = keys();
      X500Name name = named(AUTHORITY_NAME);
      JcaX509ExtensionUtils ids = new JcaX509ExtensionUtils();
      X509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
                  name,
                  serial(),
                  Date.from(now.minus(CLOCK_SKEW)),
                  Date.from(now.plus(AUTHORITY_LIFE)),
                  name,
                  keys.getPublic())
              .addExtension(Extension.basicConstraints, true, new BasicConstraints(0))
              .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign))
              .addExtension(
                  Extension.subjectKeyIdentifier,
                  false,
                  ids.createSubjectKeyIdentifier(keys.getPublic()));
      return new Identity(signed(builder, keys.getPrivate()), keys.getPrivate());
    } catch (GeneralSecurityException | OperatorCreationException | CertIOException e) {
      throw new IllegalStateException("making a certificate authority", e);
    }
  }

  /**
   * A server's identity with a new key, signed by {@code authority} and no longer valid than that.
   *
   * @param names DNS names and IP addresses, at least one
   */
  static Identity server(Identity authority, List<String> names, Instant now) {
    try {
      KeyPair keys = keys();
      JcaX509ExtensionUtils ids = new JcaX509ExtensionUtils();
      Instant last = authority.certificate().getNotAfter().toInstant();
      Instant end = now.plus(SERVER_LIFE);
      X509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
                  authority.certificate(),
                  serial(),
                  Date.from(now.minus(CLOCK_SKEW)),
                  Date.from(end.isBefore(last) ? end : last),
                  // Whoever checks a server looks at the alternative names only.
                  new javax.security.auth.x500.X500Principal("CN=windfall-webhook"),
                  keys.getPublic())
              .addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
              .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature))
              .addExtension(
                  Extension.extendedKeyUsage,
                  false,
                  new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth))
              .addExtension(
                  Extension.authorityKeyIdentifier,
                  false,
                  ids.createAuthorityKeyIdentifier(authority.certificate()))
              .addExtension(
                  Extension.subjectKeyIdentifier,
                  false,
                  ids.createSubjectKeyIdentifier(keys.getPublic()))
              .addExtension(Extension.subjectAlternativeName, false, alternatives(names));
      return new Identity(signed(builder, authority.key()), keys.getPrivate());
    } catch (GeneralSecurityException | OperatorCreationException | CertIOException e) {
      throw new IllegalStateException("making a server's certificate", e);
    }
  }

  /** Whether the key is the certificate's. */
  static boolean belongTogether(Identity identity) throws GeneralSecurityException {
    String algorithm = identity.key().getAlgorithm().equals("RSA") ? RSA_SIGNATURE : SIGNATURE;
    byte[] probe = new byte[32];
    RANDOM.nextBytes(probe);
    Signature signer = Signature.getInstance(algorithm);
    signer.initSign(identity.key());
    signer.update(probe);
    byte[] signature = signer.sign();
    if (!identity
        .certificate()
        .getPublicKey()
        .getAlgorithm()
        .equals(identity.key().getAlgorithm())) {
      return false;
    }
    Signature verifier = Signature.getInstance(algorithm);
    verifier.initVerify(identity.certificate().getPublicKey());
    verifier.update(probe);
    return verifier.verify(signature);
  }

  private static KeyPair keys() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec(CURVE), RANDOM);
    return generator.generateKeyPair();
  }

  private static X509Certificate signed(X509v3CertificateBuilder builder, PrivateKey key)
      throws GeneralSecurityException, OperatorCreationException {
    return new JcaX509CertificateConverter()
        .getCertificate(builder.build(new JcaContentSignerBuilder(SIGNATURE).build(key)));
  }

  private static X500Name named(String name) {
    return new X500NameBuilder().addRDN(BCStyle.CN, name).build();
  }

  private static BigInteger serial() {
    return new BigInteger(SERIAL_BITS, RANDOM).setBit(0);
  }

  private static GeneralNames alternatives(List<String> names) {
    return new GeneralNames(names.stream().map(Issuer::alternative).toArray(GeneralName[]::new));
  }

  private static GeneralName alternative(String name) {
    boolean address = org.bouncycastle.util.IPAddress.isValid(name);
    return new GeneralName(address ? GeneralName.iPAddress : GeneralName.dNSName, name);
  }
}
