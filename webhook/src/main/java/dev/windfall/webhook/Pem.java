package dev.windfall.webhook;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPrivateKeySpec;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemReader;
import org.bouncycastle.util.io.pem.PemWriter;

/** Certificates and keys as text, RFC 7468. */
final class Pem {
  private static final String CERTIFICATE = "CERTIFICATE";
  private static final String PRIVATE_KEY = "PRIVATE KEY";

  private Pem() {}

  static String of(X509Certificate certificate) {
    try {
      return write(CERTIFICATE, certificate.getEncoded());
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("encoding a certificate", e);
    }
  }

  static String of(PrivateKey key) {
    return write(PRIVATE_KEY, key.getEncoded());
  }

  /**
   * The certificates in a text, in their order; what else is in it is passed over.
   *
   * @throws GeneralSecurityException when there is none, or one that cannot be read; its message
   *     shows nothing of the text
   */
  static List<X509Certificate> certificates(String text) throws GeneralSecurityException {
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    List<X509Certificate> read = new ArrayList<>();
    try (PemReader reader = new PemReader(new StringReader(text))) {
      for (PemObject each = reader.readPemObject(); each != null; each = reader.readPemObject()) {
        if (each.getType().equals(CERTIFICATE)) {
          Certificate certificate =
              factory.generateCertificate(new ByteArrayInputStream(each.getContent()));
          read.add((X509Certificate) certificate);
        }
      }
    } catch (IOException | RuntimeException e) {
      // The decoder's message may repeat what it could not decode.
      throw new GeneralSecurityException("a certificate is not PEM");
    }
    if (read.isEmpty()) {
      throw new GeneralSecurityException("no PEM of type " + CERTIFICATE);
    }
    return read;
  }

  /**
   * The key in a text: RSA or elliptic curve, in PKCS #8, PKCS #1 or SEC 1, not encrypted.
   *
   * @throws GeneralSecurityException when there is none; its message shows nothing of the text
   */
  static PrivateKey key(String text) throws GeneralSecurityException {
    try (PEMParser parser = new PEMParser(new StringReader(text))) {
      for (Object each = parser.readObject(); each != null; each = parser.readObject()) {
        if (each instanceof PEMKeyPair pair) {
          return key(pair.getPrivateKeyInfo());
        }
        if (each instanceof PrivateKeyInfo info) {
          return key(info);
        }
      }
    } catch (IOException | RuntimeException e) {
      // The decoder's message may repeat what it could not decode, which may be a key.
    }
    throw new GeneralSecurityException("no PEM of a private key that is not encrypted");
  }

  private static PrivateKey key(PrivateKeyInfo info) throws IOException, GeneralSecurityException {
    boolean elliptic =
        info.getPrivateKeyAlgorithm().getAlgorithm().equals(X9ObjectIdentifiers.id_ecPublicKey);
    if (!elliptic) {
      return new JcaPEMKeyConverter().getPrivateKey(info);
    }
    // SEC 1 as OpenSSL writes it names the curve inside, PKCS #8 outside; both come out here.
    AlgorithmParameters curve = AlgorithmParameters.getInstance("EC");
    curve.init(new ECGenParameterSpec(info.getPrivateKeyAlgorithm().getParameters().toString()));
    return KeyFactory.getInstance("EC")
        .generatePrivate(
            new ECPrivateKeySpec(
                ECPrivateKey.getInstance(info.parsePrivateKey()).getKey(),
                curve.getParameterSpec(ECParameterSpec.class)));
  }

  private static String write(String type, byte[] content) {
    StringWriter text = new StringWriter();
    try (PemWriter writer = new PemWriter(text)) {
      writer.writeObject(new PemObject(type, content));
    } catch (IOException e) {
      throw new IllegalStateException("writing PEM to memory", e);
    }
    return text.toString();
  }
}
