package org.posthorn.storage.directory;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;

/// What a user can log in with, as it is stored: one row, which is read at a login. `hash` is the
/// password's (Argon2id), empty: there is none. Salt and iterations are the same for the password
/// and all app passwords, since SCRAM tells them to the client before it is known which of them it
/// has; without any keys the salt is empty. Immutable.
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record LoginSecrets(
    String hash,
    boolean appPasswordsOnly,
    byte[] salt,
    int iterations,
    List<ScramKeys> keys,
    List<App> apps) {
  /// 1 had the hash only.
  private static final int FORM = 2;

  /// An app password as it is stored. They are random and long, so one round of a hash function is
  /// enough to keep them.
  @SuppressWarnings("ArrayRecordComponent")
  record App(AppPassword shown, byte[] digest, List<ScramKeys> keys) {}

  static LoginSecrets ofHash(String hash) {
    return new LoginSecrets(hash, false, new byte[0], 0, List.of(), List.of());
  }

  byte[] encode() {
    var row = new RowWriter(256).raw(FORM).text(hash).raw(appPasswordsOnly ? 1 : 0);
    row.piece(salt).number(iterations);
    ScramKeys.writeAll(keys, row);
    row.number(apps.size());
    apps.forEach(app -> write(app, row));
    return row.toBytes();
  }

  static LoginSecrets decode(byte[] value) {
    var row = new RowReader(value);
    int form = row.form(FORM);
    String hash = row.text();
    if (form == 1) {
      return ofHash(hash);
    }
    boolean appPasswordsOnly = row.raw() == 1;
    byte[] salt = row.piece();
    int iterations = row.count();
    List<ScramKeys> keys = ScramKeys.readAll(row);
    int count = row.count();
    var apps = new ArrayList<App>();
    for (int i = 0; i < count; i++) {
      apps.add(readApp(row));
    }
    return new LoginSecrets(hash, appPasswordsOnly, salt, iterations, keys, List.copyOf(apps));
  }

  private static void write(App app, RowWriter row) {
    AppPassword shown = app.shown;
    int scope = shown.scope().stream().mapToInt(Service::bit).sum();
    row.number(shown.id()).text(shown.name()).raw(scope).number(shown.made().toEpochMilli());
    row.number(shown.expires().map(Instant::toEpochMilli).orElse(0L));
    row.number(shown.lastUse().map(use -> use.at().toEpochMilli()).orElse(0L));
    shown.lastUse().ifPresent(use -> row.raw(use.service().bit()).text(use.address()));
    row.piece(app.digest);
    ScramKeys.writeAll(app.keys, row);
  }

  private static App readApp(RowReader row) {
    int id = row.count();
    String name = row.text();
    Set<Service> scope = services(row.raw());
    Instant made = Instant.ofEpochMilli(row.number());
    long expires = row.number();
    long used = row.number();
    Optional<AppPassword.LastUse> lastUse =
        used == 0
            ? Optional.empty()
            : Optional.of(
                new AppPassword.LastUse(
                    Instant.ofEpochMilli(used), services(row.raw()).iterator().next(), row.text()));
    var shown =
        new AppPassword(
            id,
            name,
            scope,
            made,
            expires == 0 ? Optional.empty() : Optional.of(Instant.ofEpochMilli(expires)),
            lastUse);
    return new App(shown, row.piece(), ScramKeys.readAll(row));
  }

  private static Set<Service> services(int bits) {
    Set<Service> services = EnumSet.noneOf(Service.class);
    for (Service service : Service.values()) {
      if ((bits & service.bit()) != 0) {
        services.add(service);
      }
    }
    return services;
  }

  /// Whose app password that is, good for `service` or not.
  Optional<App> app(String password) {
    byte[] digest = digest(password);
    return apps.stream().filter(app -> MessageDigest.isEqual(app.digest, digest)).findFirst();
  }

  byte[] digest(String password) {
    return ScramHash.SHA_256.hmac(
        salt.length == 0 ? new byte[] {0} : salt, Passwords.normalized(password).getBytes(UTF_8));
  }

  /// Whether the password itself, which is no app password, may be used.
  boolean hasPassword() {
    return !hash.isEmpty() && !appPasswordsOnly;
  }

  /// Whether a client that asks for this function can be answered.
  boolean hasKeys(ScramHash wanted) {
    return Stream.concat(keys.stream(), apps.stream().flatMap(app -> app.keys.stream()))
        .anyMatch(each -> each.hash() == wanted);
  }

  LoginSecrets withApps(Predicate<App> kept, Optional<App> more) {
    return new LoginSecrets(
        hash,
        appPasswordsOnly,
        salt,
        iterations,
        keys,
        Stream.concat(apps.stream().filter(kept), more.stream()).toList());
  }

  /// With the use of an app password, if it is there still.
  LoginSecrets used(int id, AppPassword.LastUse use) {
    List<App> after =
        apps.stream()
            .map(app ->
                app.shown.id() == id ? new App(app.shown.used(use), app.digest, app.keys) : app)
            .toList();
    return new LoginSecrets(hash, appPasswordsOnly, salt, iterations, keys, after);
  }

  LoginSecrets withAppPasswordsOnly(boolean only) {
    return new LoginSecrets(hash, only, salt, iterations, keys, apps);
  }

  /// Without keys: those that were are not of this salt.
  LoginSecrets withSalt(byte[] other, int otherIterations) {
    return new LoginSecrets(hash, appPasswordsOnly, other, otherIterations, List.of(), apps);
  }

  LoginSecrets withPassword(String otherHash, List<ScramKeys> otherKeys) {
    return new LoginSecrets(otherHash, appPasswordsOnly, salt, iterations, otherKeys, apps);
  }

  LoginSecrets withHash(String other) {
    return new LoginSecrets(other, appPasswordsOnly, salt, iterations, keys, apps);
  }

  @Override
  public String toString() {
    return "LoginSecrets[" + apps.size() + " app passwords]";
  }
}
