# The first process of a Windows machine under Wine: mounts and a loopback of its own, and nothing of the
# host's network. Arguments: Debian root, folder of the machine, folder that Windows sees as Z:\share.
set -e
root=$1
folder=$2
share=$3
mount --make-rprivate /
mount -t overlay overlay -o "lowerdir=$root,upperdir=$folder/upper,workdir=$folder/work" "$folder/root"
mount -t proc proc /proc
mount -t proc proc "$folder/root/proc"
mount --rbind /dev "$folder/root/dev"
mkdir -p "$folder/root/share"
mount --bind "$share" "$folder/root/share"
ip link set lo up
touch "$share/ready"
exec sleep infinity
