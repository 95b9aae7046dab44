package org.posthorn.mailets;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.posthorn.message.Domain;
import org.posthorn.senderauth.dkim.Algorithm;
import org.posthorn.senderauth.dkim.SigningKey;
import org.posthorn.storage.keys.DomainKey;
import org.posthorn.storage.keys.DomainKeys;

/// The keys that are in use, ready to sign, of the domains that signed last. Each question looks
/// whether the store has changed, so a key that is taken away signs nothing more. Safe for use by
/// many threads.
final class SigningDomains {
  private static final int DOMAINS_MAX = 1_000;

  private final DomainKeys store;
  private final Map<Domain, Kept> kept =
      new LinkedHashMap<>(16, 0.75f, /* accessOrder= */ true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Domain, Kept> eldest) {
          return size() > DOMAINS_MAX;
        }
      };

  private record Kept(long version, List<SigningKey> keys) {}

  SigningDomains(DomainKeys store) {
    this.store = store;
  }

  /// Whether there was ever a key.
  boolean any() {
    return store.version() > 0;
  }

  List<SigningKey> of(Domain domain) {
    long version = store.version();
    synchronized (kept) {
      Kept known = kept.get(domain);
      if (known != null && known.version == version) {
        return known.keys;
      }
    }
    List<SigningKey> keys =
        store.of(domain).stream()
            .filter(key -> key.state() == DomainKey.State.SIGNING)
            .flatMap(key -> ready(key).stream())
            .toList();
    synchronized (kept) {
      kept.put(domain, new Kept(version, keys));
    }
    return keys;
  }

  private Optional<SigningKey> ready(DomainKey key) {
    return store
        .secret(key)
        .map(secret -> SigningKey.read(key.selector(), Algorithm.stored(key.algorithm()), secret));
  }
}
