package dev.windfall.webhook;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * Gives TLS the identity of the moment. Replacing it needs no restart and breaks no connection.
 *
 * <p>A handshake asks for an alias, and later, apart, for that alias's certificate and key. Each
 * identity has its own alias and the last but one is kept, so that no handshake gets the one's
 * certificate with the other's key.
 */
final class ServedIdentity extends X509ExtendedKeyManager {
  private record Generation(long number, Identity identity, @Nullable Identity before) {
    String alias() {
      return Long.toString(number);
    }

    @Nullable Identity find(@Nullable String alias) {
      if (alias().equals(alias)) {
        return identity;
      }
      return Long.toString(number - 1).equals(alias) ? before : null;
    }
  }

  private volatile Generation current;

  ServedIdentity(Identity identity) {
    current = new Generation(1, identity, null);
  }

  Identity identity() {
    return current.identity();
  }

  /** Serves another identity from the next handshake on. For one thread at a time. */
  void replace(Identity identity) {
    current = new Generation(current.number() + 1, identity, current.identity());
  }

  @Override
  public @Nullable String chooseEngineServerAlias(
      @Nullable String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
    return chooseServerAlias(keyType, issuers, null);
  }

  @Override
  public @Nullable String chooseServerAlias(
      @Nullable String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
    Generation serving = current;
    return serving.identity().key().getAlgorithm().equals(keyType) ? serving.alias() : null;
  }

  @Override
  public X509Certificate @Nullable [] getCertificateChain(@Nullable String alias) {
    Identity found = current.find(alias);
    return found == null ? null : found.chain().toArray(X509Certificate[]::new);
  }

  @Override
  public @Nullable PrivateKey getPrivateKey(@Nullable String alias) {
    Identity found = current.find(alias);
    return found == null ? null : found.key();
  }

  @Override
  public String @Nullable [] getServerAliases(
      @Nullable String keyType, Principal @Nullable [] issuers) {
    String alias = chooseServerAlias(keyType, issuers, null);
    return alias == null ? null : new String[] {alias};
  }

  @Override
  public String @Nullable [] getClientAliases(
      @Nullable String keyType, Principal @Nullable [] issuers) {
    return null;
  }

  @Override
  public @Nullable String chooseClientAlias(
      String @Nullable [] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return null;
  }
}
