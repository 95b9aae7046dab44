package org.posthorn.app.dkim;

import com.google.inject.AbstractModule;
import com.google.inject.Provides;
import jakarta.inject.Singleton;
import java.time.InstantSource;
import org.posthorn.smtp.outbound.ZoneDns;
import org.posthorn.storage.keys.DomainKeys;

/// Binds [DkimRotation], which wants to be started and closed. Needs the keys of domains, the DNS
/// and a clock.
public final class DkimModule extends AbstractModule {
  @Provides
  @Singleton
  static DkimRotation rotation(DomainKeys keys, ZoneDns dns, InstantSource clock) {
    return new DkimRotation(keys, dns, clock);
  }
}
