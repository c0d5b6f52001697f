"""The text that lies in every bundle, for whoever opens it without us."""

NOTES = """\
HAULWATCH EVIDENCE BUNDLE

This folder says what a unit on a truck recorded about one event. Nobody needs our software to check it:

1. Every file but manifest.json and manifest.sig stands in manifest.json with its size and SHA-256:
       sha256sum files/* chain/* anchors/* keys/*
2. The unit signed the manifest (Ed25519). KEY is the member "key" of manifest.json:
       openssl pkeyutl -verify -rawin -pubin -inkey keys/KEY.pub -in manifest.json -sigfile manifest.sig
3. Each file in chain/ is what a record's hash is over; its name ends with its own SHA-256. Bytes 27 to 58 are
   the hash of the record before it:
       tail -c +27 FILE | head -c 32 | xxd -p -c 32
4. anchors/N.json is what the unit signed and published of the chain: its "head" is the hash of a record in
   chain/N-*. The signer's key is the "kid" of its segment in manifest.json:
       openssl pkeyutl -verify -rawin -pubin -inkey keys/KID.pub -in anchors/N.json -sigfile anchors/N.sig
5. Whether the key is that unit's own, and whether the unit published that anchor then, this folder cannot
   prove. Compare the key's fingerprint and the head with what the platform or the owner holds.

`haulwatch evidence verify FOLDER --trust KEYS --anchor HEADS` does all of this, without a network.

渣土车证据包

本文件夹是车载设备对一次事件的记录。核验不需要我们的软件：

1. 除 manifest.json 和 manifest.sig 外，每个文件的大小和 SHA-256 都列在 manifest.json 中，用 sha256sum 核对。
2. manifest.sig 是设备对 manifest.json 的 Ed25519 签名，用上面第 2 步的 openssl 命令核验。
3. chain/ 中每个文件的文件名以其自身的 SHA-256 结尾；其第 27 至 58 字节是前一条记录的哈希。
4. anchors/N.json 是设备签名并上报的链头，其 head 是 chain/N-* 中某条记录的哈希。
5. 密钥是否确属该设备、链头是否当时已上报，本文件夹自身不能证明，须与平台或车主保存的指纹和链头比对。
"""
