package org.posthorn.imap.command;

import org.posthorn.imap.wire.ImapWriter;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Actor;

/// For whom a command is done and where its responses go. Lives as long as one command.
public record Caller(Account account, Actor actor, ImapWriter writer) {}
