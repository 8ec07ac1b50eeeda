"""All settings in one frozen object, read once at start from the environment or `.env`.

A channel is on when its settings are there; half of them stop the start with the names of what is missing.
"""

from __future__ import annotations

import hmac
import re
import secrets
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class SettingsError(Exception):
    """A setting is missing or wrong; the sentence names the variable and how to mend it."""


class ChannelSettings(BaseModel):
    """What one platform needs. `needed` must all be there for the channel to be on."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    needed: ClassVar[tuple[str, ...]] = ()

    @property
    def on(self) -> bool:
        return bool(self.needed) and not self.missing()

    def given(self) -> list[str]:
        """The needed settings that are there."""
        return [name for name in self.needed if _filled(getattr(self, name))]

    def missing(self) -> list[str]:
        return [name for name in self.needed if not _filled(getattr(self, name))]


class MessengerSettings(ChannelSettings):
    needed: ClassVar[tuple[str, ...]] = ("page_id", "page_token", "app_secret", "verify_token")

    page_id: str = Field("", description="Id of the Facebook Page")
    page_token: SecretStr = Field(SecretStr(""), description="Page access token")
    app_id: str = Field("", description="Id of the Meta app; tells our own echoes from a person's, needed for `channels setup`")
    app_secret: SecretStr = Field(SecretStr(""), description="App secret: signs the webhooks")
    verify_token: SecretStr = Field(SecretStr(""), description="A word of our own that Meta repeats when the webhook is set up")
    api_base: str = Field("https://graph.facebook.com", description="Where the Graph API is; a stand-in may take its place")
    api_version: str = Field("v25.0", description="Version of the Graph API")


class ZaloOaSettings(ChannelSettings):
    needed: ClassVar[tuple[str, ...]] = ("oa_id", "app_id", "app_secret", "oa_secret", "refresh_token")

    oa_id: str = Field("", description="Id of the Official Account")
    app_id: str = Field("", description="Id of the Zalo app that is linked to the OA")
    app_secret: SecretStr = Field(SecretStr(""), description="Secret key of the app: renews the tokens")
    oa_secret: SecretStr = Field(SecretStr(""), description="OA secret key, another one, shown where app and OA are linked: signs the webhooks")
    signature: Literal["plain", "hmac", "app-secret", "oa-id"] = Field(
        "plain", description="How webhooks are signed; the log names another form where one fits: plain, hmac, app-secret, oa-id"
    )
    refresh_token: SecretStr = Field(SecretStr(""), description="First refresh token; renewed by itself from then on. A new one starts anew")
    access_token: SecretStr = Field(SecretStr(""), description="The access token that came with it; empty: the first one is fetched")
    site_verifier: str = Field("", description="Code of the file zalo_verifierCODE.html, which proves that the domain is ours")
    buttons: Literal["hide", "show", "none"] = Field(
        "hide", description="What a tapped button leaves in the citizen's talk: hide (nothing), show (its words); none: numbered menus instead of buttons"
    )
    template_type: str = Field("", description="template_type of messages with buttons; most programs send none, some send: button")
    picture_buttons: Literal["apart", "together", "menu"] = Field(
        "apart",
        description="A picture with buttons: apart (two messages), together (one; try first whether Zalo shows the buttons) or menu (one, with numbers)",
    )
    paid_messages: bool = Field(False, description="Whether what could not be sent within the free 48 hours is sent up to 7 days later, for which Zalo charges")
    pictures: Literal["upload", "url"] = Field("upload", description="How pictures are sent: upload (once to Zalo, then by id) or url (Zalo fetches them)")
    pause_tag: str = Field("", description="A tag in OA Manager that silences the bot for whoever carries it; empty: none")
    strangers_pause: bool = Field(False, description="Whether messages of the OA that neither staff nor the bot sent silence the bot too")
    api_base: str = Field("https://openapi.zalo.me", description="Where the OpenAPI is; a stand-in may take its place")
    oauth_base: str = Field("https://oauth.zaloapp.com", description="Where tokens are renewed; a stand-in may take its place")

    @field_validator("site_verifier")
    @classmethod
    def _code(cls, given: str) -> str:
        """The code alone, also where the file's whole name was pasted."""
        code = given.strip().removeprefix("zalo_verifier").removesuffix(".html")
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,128}", code):
            raise ValueError("must be the code between zalo_verifier and .html")
        return code


class BotSettings(ChannelSettings):
    """What platforms need whose bots are told by a token alone. Such a bot can also ask for its messages, without a public address."""

    needed: ClassVar[tuple[str, ...]] = ("token",)

    token: SecretStr = Field(SecretStr(""), description="Token of the bot")
    webhook_secret: SecretStr = Field(
        SecretStr(""), description="A word that the platform repeats with each delivery: 8 to 256 letters, digits, _ and -; empty: made from the token"
    )
    mode: Literal["auto", "webhook", "polling"] = Field(
        "auto", description="How messages come in: webhook, polling (we ask for them), or auto: a webhook where the public address is https, else polling"
    )

    @field_validator("webhook_secret")
    @classmethod
    def _repeatable(cls, word: SecretStr) -> SecretStr:
        if word.get_secret_value() and not re.fullmatch(r"[A-Za-z0-9_-]{8,256}", word.get_secret_value()):
            raise ValueError("must be 8 to 256 letters, digits, _ and -")
        return word

    def secret(self) -> str:
        """The word that makes a delivery the platform's own."""
        return self.webhook_secret.get_secret_value() or hmac.digest(self.token.get_secret_value().encode(), b"webhook", "sha256").hex()

    def polls(self, base_url: str) -> bool:
        """Whether messages are asked for, because the platform could not reach a webhook."""
        return self.mode == "polling" or (self.mode == "auto" and not base_url.startswith("https://"))


class ZaloBotSettings(BotSettings):
    link: str = Field("", description="Address under which Bot Creator shares the bot (https://bot.zaloplatforms.com/bots/…); empty: pages do not offer it")
    api_base: str = Field(
        "https://bot-api.zaloplatforms.com", description="Where the Bot Platform is (also seen: https://bot-api.zapps.me); a stand-in may take its place"
    )

    @field_validator("link")
    @classmethod
    def _address(cls, link: str) -> str:
        """Only https, and nothing that would end an attribute or a sentence."""
        if link and not re.fullmatch(r"https://[A-Za-z0-9.-]+/[A-Za-z0-9._~/?=&-]*", link):
            raise ValueError("must be an https address")
        return link


class TelegramSettings(BotSettings):
    username: str = Field("", description="Name of the bot without @, for links to it (t.me/NAME); empty: pages do not offer it")
    api_base: str = Field("https://api.telegram.org", description="Where the Bot API is; a stand-in may take its place")

    @field_validator("username")
    @classmethod
    def _name(cls, name: str) -> str:
        """The bare name, also where it was written with its @."""
        name = name.strip().removeprefix("@")
        if name and not re.fullmatch(r"[A-Za-z0-9_]{4,32}", name):
            raise ValueError("must be the bot's name: letters, digits and _")
        return name


class Settings(BaseSettings):
    """The operator's settings; `DANLOI_` stands before each name and `__` between levels."""

    model_config = SettingsConfigDict(env_prefix="DANLOI_", env_nested_delimiter="__", env_file=".env", env_file_encoding="utf-8", frozen=True, extra="ignore")

    database_url: SecretStr | None = Field(None, description="PostgreSQL URL; empty: the embedded database in the data folder")
    data_dir: Path = Field(Path("data"), description="Embedded database, spool, caches")
    public_url: str = Field("", description="https base of links and media; empty: http://HOST:PORT")
    host: str = Field("127.0.0.1", description="Listen address")
    port: int = Field(8000, ge=0, le=65535, description="Listen port")
    flows_dir: Path = Field(Path("flows"), description="Guides and answers")
    nlu_dir: Path = Field(Path("nlu_data"), description="Training data")
    locales_dir: Path = Field(Path("locales"), description="Translations")
    rasa_url: str | None = Field(None, description="Use this Rasa server (http://127.0.0.1:5005) instead of the embedded classifier")
    rasa_timeout_seconds: float = Field(
        0.5, gt=0, le=1.5, description="Time limit of one question to Rasa; then the embedded classifier answers. Platforms wait two seconds in all"
    )
    e5: bool = Field(False, description="Let e5 read again what the embedded classifier is unsure of: needs danloi[e5], 70 MB of memory, no Rasa")
    secret_key: SecretStr | None = Field(None, description="Signs cookies and links, hides people in the database; empty: made and kept in the data folder")
    takeover_hours: float = Field(12.0, gt=0, description="How long the bot is silent after a person of the office wrote")
    office: str = Field("", max_length=120, description="Who answers for the data, with a way to reach them; named where a citizen is asked for consent")
    retention_session_days: int = Field(30, ge=1, description="Days after which a quiet session is deleted")
    retention_transcript_days: int = Field(7, ge=0, description="Days after which messages are deleted where the person agreed; otherwise one day")
    send_timeout_seconds: float = Field(10.0, gt=0, description="Time limit of one call to a platform")
    log_format: str = Field("text", pattern="^(text|json)$", description="text or json")
    log_level: str = Field("info", pattern="^(debug|info|warning|error)$", description="debug, info, warning or error")
    messenger: MessengerSettings = MessengerSettings()
    zalo_oa: ZaloOaSettings = ZaloOaSettings()
    zalo_bot: ZaloBotSettings = ZaloBotSettings()
    telegram: TelegramSettings = TelegramSettings()

    @field_validator("rasa_url")
    @classmethod
    def _server(cls, url: str | None) -> str | None:
        """Only an address that can be called; empty is none."""
        if url and not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", url):
            raise ValueError("must be an address like http://127.0.0.1:5005")
        return url or None

    @property
    def base_url(self) -> str:
        """The public address without a slash at its end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    def channels(self) -> dict[str, ChannelSettings]:
        """Settings of every platform by the channel's name."""
        return {"messenger": self.messenger, "zalo-oa": self.zalo_oa, "zalo-bot": self.zalo_bot, "telegram": self.telegram}

    def key(self) -> bytes:
        """The secret that signs cookies: from the settings, or made once and kept in the data folder."""
        if self.secret_key:
            return self.secret_key.get_secret_value().encode()
        path = self.data_dir / "secret.key"
        try:
            return path.read_bytes()
        except FileNotFoundError:
            self.data_dir.mkdir(parents=True, exist_ok=True)
            draft = path.with_suffix(f".{secrets.token_hex(4)}")
            draft.touch(mode=0o600)
            draft.write_bytes(secrets.token_hex(32).encode())
            try:
                path.hardlink_to(draft)  # of two processes that start at once, the first one's key stays
            except FileExistsError:
                pass
            finally:
                draft.unlink()
            return path.read_bytes()


def load_settings(**overrides: object) -> Settings:
    """Read and check the settings; raises `SettingsError` with the variable's name."""
    try:
        settings = Settings(**overrides)  # type: ignore[arg-type]  # pydantic checks them
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        raise SettingsError(f"DANLOI_{'__'.join(str(part).upper() for part in first['loc'])}: {first['msg']}") from None
    for name, channel in settings.channels().items():
        if channel.given() and channel.missing():
            prefix = f"DANLOI_{name.upper().replace('-', '_')}__"
            missing, needed = (", ".join(prefix + one.upper() for one in names) for names in (channel.missing(), channel.needed))
            raise SettingsError(f"{name}: {missing} not set; set all of {needed} or none")
    return settings


def _filled(value: object) -> bool:
    return bool(value.get_secret_value() if isinstance(value, SecretStr) else value)
