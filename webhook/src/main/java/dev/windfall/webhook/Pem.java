package dev.windfall.webhook;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
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
   * The first certificate in a text.
   *
   * @throws GeneralSecurityException when there is none; its message shows nothing of the text
   */
  static X509Certificate certificate(String text) throws GeneralSecurityException {
    byte[] encoded = read(CERTIFICATE, text);
    return (X509Certificate)
        CertificateFactory.getInstance("X.509")
            .generateCertificate(new java.io.ByteArrayInputStream(encoded));
  }

  /**
   * The elliptic-curve key in a text, unencrypted PKCS #8.
   *
   * @throws GeneralSecurityException when there is none; its message shows nothing of the text
   */
  static PrivateKey key(String text) throws GeneralSecurityException {
    return KeyFactory.getInstance("EC")
        .generatePrivate(new PKCS8EncodedKeySpec(read(PRIVATE_KEY, text)));
  }

  private static byte[] read(String type, String text) throws GeneralSecurityException {
    try (PemReader reader = new PemReader(new StringReader(text))) {
      PemObject object = reader.readPemObject();
      if (object != null && object.getType().equals(type)) {
        return object.getContent();
      }
    } catch (IOException | RuntimeException e) {
      // The decoder's message may repeat what it could not decode, which may be a key.
    }
    throw new GeneralSecurityException("no PEM of type " + type);
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
